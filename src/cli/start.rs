//! From the command line to an exit code.

use std::ffi::OsString;
use std::io::{IsTerminal, stdin};

use clap::Parser;

use super::args::{Cli, Command, RunArgs};
use super::ending::report;
use super::run::{Job, Text};
use super::setup::prepare;
use super::{bundle, check, data, doc, doctor, new, parameters, repl, run, standard, sweep};
use crate::error::{Error, Result};
use crate::script::panics;
use crate::term::diagnostic::Diagnostic;

/// Does what the arguments ask for and gives the exit code.
pub fn start(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(message) => {
            if message.kind() == clap::error::ErrorKind::DisplayHelp
                && let Some(script) = parameters::script_asked_about(&args)
            {
                parameters::show(&script);
                return 0;
            }
            // Help and version go to standard output with code 0, refusals to standard error with code 2. Nobody can be
            // told of a closed pipe.
            drop(message.print());
            return u8::try_from(message.exit_code()).unwrap_or(2);
        }
    };
    let outcome = panics::caught(|| prepare(&cli.global).and_then(|()| dispatch(&cli)));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            report(&Diagnostic::plain(&error), &cli.global);
            2
        }
        Err(panic) => {
            report(&Diagnostic::plain(&panic), &cli.global);
            70
        }
    }
}

fn dispatch(cli: &Cli) -> Result<u8> {
    match (&cli.command, &cli.code) {
        (Some(_), Some(_)) => Err(Error::value("`-c` runs code by itself; it takes no command beside it")),
        (Some(Command::Run(args)), None) => run::run(&cli.global, &Job::recorded(script(args)?, args.clone())),
        (Some(Command::Sweep(args)), None) => sweep::sweep(&cli.global, args),
        (Some(Command::Check { files }), None) => check::check(&cli.global, files),
        (Some(Command::Bundle(args)), None) => bundle::bundle(&cli.global, args),
        (Some(Command::New { name }), None) => new::new(name),
        (Some(Command::Doc(args)), None) => doc::doc(&cli.global, args),
        (Some(Command::Std(command)), None) => standard::standard(command),
        (Some(Command::Doctor { cron: true }), None) => doctor::in_cron(),
        (Some(Command::Doctor { .. }), None) => Ok(doctor::doctor(&cli.global)),
        (Some(Command::Data(command)), None) => data::data(command),
        (None, Some(code)) => run::run(&cli.global, &Job::bare(Text::code(code))),
        (None, None) if stdin().is_terminal() => repl::repl(&cli.global),
        (None, None) => run::run(&cli.global, &Job::bare(Text::stdin()?)),
    }
}

fn script(args: &RunArgs) -> Result<Text> {
    if args.script.as_os_str() == "-" { Text::stdin() } else { Text::file(&args.script) }
}
