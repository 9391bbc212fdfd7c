//! `a.b(c)[d].e` as a root and its steps. Rhai keeps such chains nested to the right, and an index that others follow
//! inside out.

use rhai::{ASTFlags, ASTNode, Expr, FnCallExpr, Position};

/// One step of a chain.
pub(super) enum Step<'a> {
    /// `.name`
    Property(&'a str, Position),
    /// `.name(…)`
    Method(&'a FnCallExpr, Position),
    /// `[…]`
    Index,
}

/// The root of a chain and its steps in the order of evaluation.
pub(super) fn steps(chain: &Expr) -> (&Expr, Vec<Step<'_>>) {
    let mut steps = Vec::new();
    match chain {
        Expr::Dot(x, ..) => {
            member(&x.rhs, &mut steps);
            (&x.lhs, steps)
        }
        Expr::Index(x, flags, _) => {
            index(&x.rhs, *flags, &mut steps);
            (&x.lhs, steps)
        }
        other => (other, steps),
    }
}

/// What follows a dot.
fn member<'a>(expr: &'a Expr, steps: &mut Vec<Step<'a>>) {
    match expr {
        Expr::Property(names, position) => steps.push(Step::Property(&names.2, *position)),
        Expr::MethodCall(call, position) => steps.push(Step::Method(call, *position)),
        Expr::Dot(x, ..) => {
            member(&x.lhs, steps);
            member(&x.rhs, steps);
        }
        Expr::Index(x, flags, _) => {
            member(&x.lhs, steps);
            index(&x.rhs, *flags, steps);
        }
        _ => {}
    }
}

/// What stands in brackets, and what follows them where they do not end the chain.
fn index<'a>(expr: &'a Expr, flags: ASTFlags, steps: &mut Vec<Step<'a>>) {
    steps.push(Step::Index);
    if flags.contains(ASTFlags::BREAK) {
        return;
    }
    match expr {
        Expr::Dot(x, ..) => member(&x.rhs, steps),
        Expr::Index(x, flags, _) => index(&x.rhs, *flags, steps),
        _ => {}
    }
}

/// Whether the last node of a path is part of a chain that was looked at as a whole.
pub(super) fn is_tail(path: &[ASTNode]) -> bool {
    let [.., parent, ASTNode::Expr(own)] = path else { return false };
    match parent {
        ASTNode::Expr(Expr::Dot(x, ..)) => std::ptr::eq(&raw const x.rhs, *own),
        ASTNode::Expr(Expr::Index(x, flags, _)) => {
            std::ptr::eq(&raw const x.rhs, *own) && !flags.contains(ASTFlags::BREAK)
        }
        _ => false,
    }
}
