//! The program: [`nms::cli`] on a thread with a large stack, and its exit code.

use std::process::ExitCode;

use nms::script::engine::STACK_BYTES;

fn main() -> ExitCode {
    // Scripts may nest 64 calls, and debug builds need more stack for that than a main thread has.
    let program = std::thread::Builder::new().name("script".into()).stack_size(STACK_BYTES);
    let ended = program.spawn(|| nms::cli::start(std::env::args_os())).map(|thread| thread.join());
    match ended {
        Ok(Ok(code)) => ExitCode::from(code),
        // No thread, or a panic that nothing caught.
        Ok(Err(_)) | Err(_) => ExitCode::from(70),
    }
}
