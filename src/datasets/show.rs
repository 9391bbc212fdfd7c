//! A declaration as a page of text: what to fetch, how to lay it out, what to know.

use std::fmt;

use super::declaration::{Dataset, LabelColumn, Prepare};
use crate::morph::grouped;

/// Columns of a page.
const WIDTH: usize = 100;

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}\n", self.name, self.title)?;
        wrapped(f, "", &self.about)?;
        writeln!(f, "\nFetch")?;
        for source in &self.sources {
            wrapped(f, "  ", &format!("{}: {}, {}", source.what, source.archive, source.url))?;
            wrapped(f, "    ", &source.files)?;
        }
        writeln!(f, "\nLay out")?;
        self.layout.iter().try_for_each(|line| wrapped(f, "  ", line))?;
        writeln!(f, "\nColumns of labels.csv")?;
        writeln!(f, "  file: path of the cell's file, or its name")?;
        self.columns.iter().try_for_each(|column| wrapped(f, "  ", &described(column)))?;
        writeln!(f, "\nCells")?;
        wrapped(f, "  ", &self.lie())?;
        wrapped(f, "  ", &format!("before a model sees them: {}", steps(&self.prepare)))?;
        writeln!(f, "\nSettings")?;
        wrapped(f, "  ", &format!("source: {}", self.views.source))?;
        let (views, model, training) = (&self.views, &self.model, &self.training);
        wrapped(
            f,
            "  ",
            &format!(
                "views: {} branches cut, {} nodes, rotation about {}, jitter {} µm, translation {} µm",
                views.drop_branches,
                views.subsample,
                views.rotate.letter(),
                views.jitter,
                views.translate
            ),
        )?;
        wrapped(
            f,
            "  ",
            &format!(
                "model: dim {}, depth {}, heads {}, {} prototypes",
                model.dim, model.depth, model.heads, model.prototypes
            ),
        )?;
        wrapped(
            f,
            "  ",
            &format!(
                "training: {} steps of {} cells, learning rate {:e} (x {} every fifth), temperatures {} and {}",
                grouped(training.steps as usize),
                training.batch,
                training.lr,
                training.decay,
                training.student_temperature,
                training.teacher_temperature
            ),
        )?;
        writeln!(f, "\nTraps")?;
        self.traps.iter().try_for_each(|trap| wrapped(f, "  ", trap))?;
        writeln!(f, "\nCite")?;
        self.cite.iter().try_for_each(|line| wrapped(f, "  ", line))?;
        wrapped(f, "  ", &format!("Terms: {}", self.licence))
    }
}

impl Dataset {
    fn lie(&self) -> String {
        let unit = match self.geometry.unit {
            crate::morph::Unit::Nm => "nanometres",
            crate::morph::Unit::Um => "micrometres",
            crate::morph::Unit::Mm => "millimetres",
            crate::morph::Unit::M => "metres",
        };
        let mut text = match self.cells {
            Some(cells) => format!("{}, in {unit}", crate::morph::counted(cells, "cell")),
            None => format!("in {unit}"),
        };
        match self.geometry.vertical {
            Some(axis) => text += &format!("; the vertical is {}", axis.letter()),
            None => text += "; no axis is the vertical",
        }
        if let Some(axis) = self.geometry.slice {
            text += &format!(", the slice's depth {}", axis.letter());
        }
        text
    }
}

fn described(column: &LabelColumn) -> String {
    let mut text = format!("{}: {}", column.name, column.about);
    if let Some(only) = &column.only {
        text += &format!(", where {} is {}", only.column, only.equals);
    }
    let classes: Vec<String> = column
        .classes()
        .map(|(name, cells)| cells.map_or(name.to_string(), |n| format!("{name} {}", grouped(n))))
        .collect();
    if !classes.is_empty() {
        text += &format!(" ({}{})", classes.join(", "), if column.open { ", and others" } else { "" });
    }
    if column.optional {
        text.push_str("; may be absent");
    }
    text
}

fn steps(prepare: &Prepare) -> String {
    let mut steps: Vec<String> = Vec::new();
    for rescale in &prepare.scale {
        let [x, y, z] = rescale.factor;
        steps.push(format!("cells whose name ends in `{}` scaled by {x}, {y}, {z}", rescale.ending));
    }
    steps.extend(prepare.enlarge.map(|factor| format!("enlarged by {factor}")));
    steps.extend(prepare.turn.iter().map(|turn| format!("turned about {} by `{}`", turn.axis.letter(), turn.column)));
    if prepare.join {
        steps.push("pieces joined".into());
    }
    if !prepare.without.is_empty() {
        steps.push(format!("without {}", prepare.without.join(" and ")));
    }
    if prepare.align {
        steps.push("turned by principal axes".into());
    }
    steps.push("centred".into());
    steps.join(", ")
}

/// Writes a paragraph in lines of [`WIDTH`], each behind `indent`, those after the first two blanks further in.
fn wrapped(f: &mut fmt::Formatter<'_>, indent: &str, text: &str) -> fmt::Result {
    let mut line = indent.to_string();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(f, "{line}")?;
            line = if indent.is_empty() { String::new() } else { format!("{indent}  ") };
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(f, "{line}")
}
