//! A bar with the time left on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::Context;

/// How far a program is.
pub struct Progress {
    bar: Option<ProgressBar>,
    plain: bool,
    steps: u64,
    done: u64,
}

impl Progress {
    /// A progress of `steps` steps: a bar on a terminal, a line per step elsewhere, nothing with `--quiet`.
    pub fn new(context: &Context, steps: u64) -> Self {
        let talk = !context.common().quiet && !context.json();
        let terminal = std::io::stderr().is_terminal();
        let bar = (talk && terminal).then(|| {
            let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:20} {pos}/{len}  {elapsed} gone, {eta} left  {wide_msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        Self { bar, plain: talk && !terminal, steps, done: 0 }
    }

    /// A step begins.
    pub fn begin(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
        }
    }

    /// The step ended.
    pub fn end(&mut self, what: &str) {
        self.done += 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            // A closed standard error must not end a measurement.
            None if self.plain => drop(writeln!(std::io::stderr().lock(), "[{}/{}] {what}", self.done, self.steps)),
            None => {}
        }
    }

    /// Nothing more follows.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
