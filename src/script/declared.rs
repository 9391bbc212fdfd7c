//! The parameters that a script declares, read from its text before it runs: a mistyped `--param` should not show only
//! after the ten hours that the script takes.

use rhai::{AST, ASTNode, Expr, Stmt};

use super::resolver::STANDARD;

/// The names in the script's calls of `param`. `None` where the text does not tell: a name is computed, or a module of
/// the user's is imported that may declare parameters as well.
pub fn parameters(script: &AST) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let told = script.walk(&mut |path| match path.last() {
        Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _)))
            if call.name == "param" && call.namespace.is_empty() =>
        {
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
}
