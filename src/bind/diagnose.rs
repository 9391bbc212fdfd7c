//! `morph::diagnose`: what is wrong with files, and plans to repair them.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use crate::morph::diagnose::{self, Applied, ApplyOptions, Finding, Plan};
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{At, Options, RhaiResultOf, host, values};

/// A plan, which scripts edit in place.
type PlanHandle = Rc<RefCell<Plan>>;
/// What applying a plan did.
type AppliedHandle = Rc<Applied>;

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("accept", &[], &[("file", "text; all files")]),
    Takes::new("reject", &[], &[("file", "text; all files")]),
    Takes::new("apply", &[part::<crate::morph::diagnose::ApplyOptions>()], &[]),
];

/// Installs the functions and methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<PlanHandle>("Plan").handle::<AppliedHandle>("Applied");
    engine.register_global_module(exported_module!(methods).into());
}

/// Functions that stand in the namespace `morph`.
#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
pub(super) mod namespace {
    /// Diagnoses a file of neurons of any format, all below a folder, those that a pattern matches, or the members of an
    /// archive: every fault, also of files that cannot be read. Nothing is changed.
    ///
    /// ```rhai
    /// morph::synthesize("basket", #{ seed: 1 }).save(out("cells/basket.swc"));
    /// let plan = morph::diagnose(out("cells"));
    /// print(plan.report());
    /// ```
    #[rhai_fn(name = "diagnose", return_raw)]
    pub fn diagnose_path(ctx: NativeCallContext, path: &str) -> RhaiResultOf<PlanHandle> {
        host::note_input(Path::new(path)).at(&ctx)?;
        diagnose::diagnose(Path::new(path)).map(|plan| Rc::new(RefCell::new(plan))).at(&ctx)
    }

    /// Reads a plan that `plan.save` wrote.
    ///
    /// ```rhai
    /// morph::synthesize("basket", #{ seed: 1 }).save(out("cells/basket.swc"));
    /// morph::diagnose(out("cells")).save(out("plan.json"));
    /// let plan = morph::load_plan(out("plan.json"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load_plan(ctx: NativeCallContext, path: &str) -> RhaiResultOf<PlanHandle> {
        host::note_input(Path::new(path)).at(&ctx)?;
        diagnose::load_plan(Path::new(path)).map(|plan| Rc::new(RefCell::new(plan))).at(&ctx)
    }
}

/// The option `file` of a call that changes a plan.
fn file(ctx: &NativeCallContext, function: &'static str, options: Map) -> RhaiResultOf<Option<String>> {
    let mut given = Options::new(ctx, function, options);
    let file = given.handle_with("file", values::text)?;
    given.finish()?;
    Ok(file)
}

fn row(name: &str, finding: &Finding) -> Map {
    let number = |n: Option<i64>| n.map_or(Dynamic::UNIT, Dynamic::from);
    Map::from([
        ("file".into(), name.into()),
        ("code".into(), finding.code.name().into()),
        ("severity".into(), finding.severity().name().into()),
        ("line".into(), number(finding.line().map(|l| l as i64))),
        ("sample".into(), number(finding.sample)),
        ("lines".into(), values::array(finding.lines.iter().map(|&l| i64::from(l))).into()),
        ("what".into(), finding.what.clone().into()),
        ("cure".into(), finding.cure.as_ref().map_or(Dynamic::UNIT, |cure| cure.to_string().into())),
        ("accepted".into(), finding.accepted.into()),
    ])
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    use crate::script::values::array;
    use rhai::Array;

    /// The findings, a map each: `file`, `code`, `severity`, `line` and `sample` of the first place, `lines` of all, `what`,
    /// `cure` and `accepted`.
    #[rhai_fn(get = "findings", pure)]
    pub fn findings(plan: &mut PlanHandle) -> Array {
        array(plan.borrow().findings().map(|(file, finding)| Dynamic::from(row(&file.name, finding))))
    }

    /// The files' names.
    #[rhai_fn(get = "files", pure)]
    pub fn files(plan: &mut PlanHandle) -> Array {
        array(plan.borrow().files.iter().map(|file| file.name.clone()))
    }

    /// The NeuroMorpho.Org validator's thirteen checks, a map each: `file`, `name`, `passed`, `what`.
    #[rhai_fn(get = "validation", pure)]
    pub fn validation(plan: &mut PlanHandle) -> Array {
        let plan = plan.borrow();
        let rows = plan.files.iter().flat_map(|file| {
            file.validation.iter().map(|check| {
                Dynamic::from(Map::from([
                    ("file".into(), file.name.clone().into()),
                    ("name".into(), check.name.clone().into()),
                    ("passed".into(), check.passed.into()),
                    ("what".into(), check.what.clone().into()),
                ]))
            })
        });
        array(rows)
    }

    /// The report as text: a line for every error and warning, and how often each note was made.
    ///
    /// ```rhai
    /// print(morph::diagnose("raw").report());
    /// ```
    #[rhai_fn(pure)]
    pub fn report(plan: &mut PlanHandle) -> String {
        plan.borrow().report()
    }

    /// Accepts the cures of a code in all files; gives back how many findings that were.
    ///
    /// ```rhai
    /// print(morph::diagnose("raw").accept("forest"));
    /// ```
    #[rhai_fn(name = "accept", return_raw)]
    pub fn accept_in_all(ctx: NativeCallContext, plan: &mut PlanHandle, code: &str) -> RhaiResultOf<i64> {
        accept(ctx, plan, code, Map::new())
    }

    /// Accepts the cures of a code; option `file`: in this file only.
    ///
    /// ```rhai
    /// let plan = morph::diagnose("raw");
    /// plan.accept("forest", #{ file: "granule_1.swc" });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn accept(ctx: NativeCallContext, plan: &mut PlanHandle, code: &str, options: Map) -> RhaiResultOf<i64> {
        let file = file(&ctx, "accept", options)?;
        plan.borrow_mut().accept(code, file.as_deref()).map(|n| n as i64).at(&ctx)
    }

    /// Rejects the cures of a code in all files; gives back how many findings that were.
    ///
    /// ```rhai
    /// let plan = morph::diagnose("raw");
    /// print(plan.reject("forest"));
    /// ```
    #[rhai_fn(name = "reject", return_raw)]
    pub fn reject_in_all(ctx: NativeCallContext, plan: &mut PlanHandle, code: &str) -> RhaiResultOf<i64> {
        reject(ctx, plan, code, Map::new())
    }

    /// Rejects the cures of a code; option `file`: in this file only.
    #[rhai_fn(return_raw)]
    pub fn reject(ctx: NativeCallContext, plan: &mut PlanHandle, code: &str, options: Map) -> RhaiResultOf<i64> {
        let file = file(&ctx, "reject", options)?;
        plan.borrow_mut().reject(code, file.as_deref()).map(|n| n as i64).at(&ctx)
    }

    /// Changes settings of the cures of a code and accepts them: `max_gap` of joins, `value` of radii, `to` of types (a number)
    /// and somata (`"one_point"`, `"three_points"`, `"contour"`, `"none"`), `factor` of units, `by` of offsets, `sample` of
    /// rings. With `file`, in this file only.
    ///
    /// ```rhai
    /// let plan = morph::diagnose("raw");
    /// print(plan.set("forest", #{ max_gap: 50.0, file: "granule_1.swc" }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn set(ctx: NativeCallContext, plan: &mut PlanHandle, code: &str, settings: Map) -> RhaiResultOf<i64> {
        let mut settings = settings;
        let file = settings.remove("file").map(|name| values::text("the option `file` of `set`", &name)).transpose();
        let file = file.at(&ctx)?;
        let json = values::to_json("the settings of `set`", &settings.into()).at(&ctx)?;
        let empty = serde_json::Map::new();
        let settings = json.as_object().unwrap_or(&empty);
        plan.borrow_mut().set(code, settings, file.as_deref()).map(|n| n as i64).at(&ctx)
    }

    /// Writes repaired files into a folder, and says what was done. Originals are never touched; files in which nothing is
    /// accepted are left out.
    ///
    /// ```rhai
    /// morph::synthesize("basket", #{ seed: 1 }).save(out("cells/basket.swc"));
    /// print(morph::diagnose(out("cells")).apply(out("repaired")));
    /// ```
    #[rhai_fn(name = "apply", return_raw, pure)]
    pub fn apply_plainly(ctx: NativeCallContext, plan: &mut PlanHandle, folder: &str) -> RhaiResultOf<AppliedHandle> {
        apply(ctx, plan, folder, Map::new())
    }

    /// Writes repaired files; with `copy_unchanged: true` also copies of those in which nothing is accepted.
    #[rhai_fn(return_raw, pure)]
    pub fn apply(
        ctx: NativeCallContext,
        plan: &mut PlanHandle,
        folder: &str,
        options: Map,
    ) -> RhaiResultOf<AppliedHandle> {
        let options: ApplyOptions = Options::new(&ctx, "apply", options).parse()?;
        plan.borrow().apply(Path::new(folder), &options).map(Rc::new).at(&ctx)
    }

    /// Writes the plan: as CSV of the findings where the path ends in `.csv`, else as JSON, which `morph::load_plan` reads.
    ///
    /// ```rhai
    /// morph::diagnose("raw").save(out("plan.json"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, plan: &mut PlanHandle, path: &str) -> RhaiResultOf<()> {
        let path = Path::new(path);
        let plan = plan.borrow();
        match path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
            true => plan.save_csv(path).at(&ctx),
            false => plan.save(path).at(&ctx),
        }
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(plan: &mut PlanHandle) -> String {
        plan.borrow().to_string()
    }

    /// Number of files written.
    #[rhai_fn(get = "written", pure)]
    pub fn written(applied: &mut AppliedHandle) -> i64 {
        applied.files.iter().filter(|file| file.written.is_some()).count() as i64
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_applied(applied: &mut AppliedHandle) -> String {
        applied.to_string()
    }
}
