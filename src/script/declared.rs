//! The parameters that a script declares, read from its text before it runs: a mistyped `--param` should not show only
//! after the ten hours that the script takes, and `nms run SCRIPT --help` should not run it.

use rhai::{AST, ASTNode, Expr, FnCallExpr, Position, Stmt};

use super::engine;
use super::resolver::{STANDARD, without_shebang};

/// The names in the script's calls of `param`. `None` where the text does not tell: a name is computed, or a module of
/// the user's is imported that may declare parameters as well.
pub fn parameters(script: &AST) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let told = script.walk(&mut |path| match path.last() {
        Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) if is_param(call) => {
            match call.args.first() {
                Some(Expr::StringConstant(name, _)) => {
                    names.push(name.to_string());
                    true
                }
                _ => false,
            }
        }
        Some(ASTNode::Stmt(Stmt::Import(import, _))) => match &import.0 {
            Expr::StringConstant(name, _) => name.starts_with(STANDARD),
            _ => false,
        },
        _ => true,
    });
    told.then_some(names)
}

fn is_param(call: &FnCallExpr) -> bool {
    call.name == "param" && call.namespace.is_empty()
}

/// A parameter as its declaration stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// The type of its default, in words; empty where only running tells it.
    pub kind: &'static str,
    /// Its default as it is written.
    pub default: String,
    /// What the script says of it.
    pub help: String,
}

/// The parameters of a script with what their declarations say, in their order. Names that are computed are left out.
///
/// # Errors
/// When the text cannot be compiled.
pub fn listed(text: &str) -> Result<Vec<Declared>, String> {
    let text = without_shebang(text);
    let script = engine::reader().compile(text).map_err(|e| e.to_string())?;
    let mut found: Vec<Declared> = Vec::new();
    script.walk(&mut |path| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at)) | ASTNode::Stmt(Stmt::FnCall(call, at))) = path.last()
            && is_param(call)
            && let Some(Expr::StringConstant(name, _)) = call.args.first()
            && let Some(default) = call.args.get(1)
            && !found.iter().any(|known| known.name == name.as_str())
        {
            let written = arguments(text, *at);
            found.push(Declared {
                name: name.to_string(),
                kind: kind_of(default),
                default: written.get(1).cloned().unwrap_or_default(),
                help: match call.args.get(2) {
                    Some(Expr::StringConstant(help, _)) => help.to_string(),
                    _ => String::new(),
                },
            });
        }
        true
    });
    Ok(found)
}

/// The type of a default. Of a choice both ways must say the same.
fn kind_of(default: &Expr) -> &'static str {
    match default {
        Expr::BoolConstant(..) => "true or false",
        Expr::IntegerConstant(..) => "whole number",
        Expr::FloatConstant(..) => "number",
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => "text",
        Expr::Stmt(block) => match block.statements() {
            [Stmt::If(choice, _)] => match (last(choice.body.statements()), last(choice.branch.statements())) {
                (Some(yes), Some(no)) if kind_of(yes) == kind_of(no) => kind_of(yes),
                _ => "",
            },
            [Stmt::Expr(expr)] => kind_of(expr),
            _ => "",
        },
        _ => "",
    }
}

fn last(statements: &[Stmt]) -> Option<&Expr> {
    match statements.last() {
        Some(Stmt::Expr(expr)) => Some(expr),
        _ => None,
    }
}

/// The arguments of the call at a position, as they are written.
fn arguments(text: &str, at: Position) -> Vec<String> {
    let (Some(line), Some(column)) = (at.line(), at.position()) else { return Vec::new() };
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest: String = text[start..].chars().skip(column.saturating_sub(1)).collect();
    let Some(open) = rest.find('(') else { return Vec::new() };
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    let mut arguments = vec![String::new()];
    for c in rest[open + 1..].chars() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')') if depth == 0 => break,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = arguments.last_mut() {
            last.push(c);
        }
    }
    arguments.iter().map(|a| a.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(script: &str) -> Option<Vec<String>> {
        parameters(&rhai::Engine::new().compile(script).unwrap())
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let script = "let a = param(\"a\", 1); param(\"b\", 2); fn f() { [param(\"c\", 3)] } f()";
        assert_eq!(of(script).unwrap(), ["a", "b", "c"]);
        assert_eq!(of("print(1)").unwrap(), [""; 0]);
        assert_eq!(of("import \"nms/report\" as r; param(\"a\", 1);").unwrap(), ["a"]);
    }

    #[test]
    fn what_the_text_does_not_tell_is_not_guessed() {
        assert_eq!(of("for n in [\"a\", \"b\"] { param(n, 1); }"), None);
        assert_eq!(of("import \"mine\" as m; param(\"a\", 1);"), None);
    }

    #[test]
    fn declarations_are_read_as_they_are_written() {
        let text = "#!/usr/bin/env nms\nlet t = table::load(\"x.csv\"); let a = param(\"a\",   -1, \"with, comma\");\nfor x in 0..2 { param(\"b\", if smoke() { 2 } else { 3 }) }\n\
                    let c = param(\"c\", \"x(\\\"\"); param(\"d\", 1e-3)";
        let told: Vec<String> =
            listed(text).unwrap().iter().map(|d| format!("{}|{}|{}|{}", d.name, d.kind, d.default, d.help)).collect();
        let expected = [
            "a|whole number|-1|with, comma",
            "b|whole number|if smoke() { 2 } else { 3 }|",
            "c|text|\"x(\\\"\"|",
            "d|number|1e-3|",
        ];
        assert_eq!(told, expected);
        assert!(listed("let a = (").is_err());
    }
}
