//! Draws the README's pictures from the real program on a real terminal, with the built-in model.
//!
//! `cargo build --release && cargo run --example pictures` writes `pictures/*.svg` anew.

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/environment.rs"]
mod environment;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/pty.rs"]
mod pty;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use environment::Environment;
use pty::Terminal;

fn main() {
    one_shot();
    held_back();
    session();
}

/// A shell at its own prompt, in a home with a few files.
fn shell(rows: u16) -> Terminal {
    let home = std::env::temp_dir().join("ana");
    let size = |megabytes: usize| vec![b' '; megabytes << 20];
    for (name, content) in
        [("thesis.pdf", size(12)), ("scan.pdf", size(30)), ("notes.pdf", vec![]), ("old/list.txt", vec![])]
    {
        fs::create_dir_all(home.join("old")).expect("the folder can be made");
        fs::write(home.join(name), content).expect("the file can be written");
    }
    let program = Path::new(environment::CARO).parent().expect("the binary lies in a folder").display().to_string();
    let environment = Environment::new()
        .with("HOME", home.to_str().expect("a temporary folder has a UTF-8 name"))
        .with("PATH", format!("{program}:/usr/local/bin:/usr/bin:/bin"));
    let script = "cd; rm -rf .local; exec env PS1='$ ' bash --noprofile --norc -i";
    let terminal = Terminal::start_program(environment, (84, rows), "/bin/bash", &["-c", script]);
    terminal.until_it_says("$ ");
    terminal
}

fn one_shot() {
    let terminal = shell(10);
    terminal.press("caro find pdf files bigger than 10 MB\r");
    terminal.until_it_says("s skip");
    terminal.presses_until("\r", "exit 0");
    terminal.until("the prompt", |contents| contents.trim_end().ends_with("\n$"));
    draw("one-shot", &terminal);
}

fn held_back() {
    let terminal = shell(8);
    terminal.press("caro 'remove the folder ~/old'\r");
    terminal.until_it_says("s skip");
    terminal.presses_until("y", "run? y");
    terminal.press("e");
    terminal.until_it_says("run? ye");
    draw("danger", &terminal);
}

fn session() {
    let terminal = shell(20);
    terminal.press("caro repl\r");
    terminal.until_it_says("❯");
    terminal.press("find pdf files bigger than 10 MB\r");
    terminal.until_it_says("s skip");
    terminal.presses_until("\r", "exit 0");
    terminal.until("the prompt", |contents| contents.trim_end().ends_with('❯'));
    terminal.press("now only the ones from last week");
    terminal.until_it_says("-mtime");
    terminal.press("\r");
    terminal.until("the keys", |contents| contents.ends_with("s skip"));
    terminal.press("\x03");
    terminal.until("the prompt", |contents| contents.trim_end().ends_with('❯'));
    terminal.press("count the lines in ~/old/list.txt");
    terminal.until_it_says("wc -l");
    draw("session", &terminal);
}

/// The cell's size in the picture, in pixels of its own.
const CELL: (f32, f32) = (8.4, 19.0);

/// Writes what the screen shows as a picture.
fn draw(name: &str, terminal: &Terminal) {
    let screen = terminal.screen();
    let columns = screen.size().1.get();
    let used = screen.contents().trim_end().lines().count() as u16;
    let (width, height) = (f32::from(columns) * CELL.0 + 24.0, f32::from(used) * CELL.1 + 24.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1d2026\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" \
         style=\"white-space: pre\">\n"
    );
    for row in 0..used {
        for run in runs(&screen, row, columns) {
            run.draw(row, &mut svg);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures").join(format!("{name}.svg"));
    fs::write(&path, svg).expect("the picture can be written");
    println!("{}", path.display());
}

/// Neighbouring cells that look alike.
struct Run {
    column: u16,
    cells: u16,
    text: String,
    look: Look,
}

#[derive(PartialEq, Clone)]
struct Look {
    color: &'static str,
    background: Option<&'static str>,
    bold: bool,
    dim: bool,
    underline: bool,
}

impl Look {
    fn of(cell: &vt100::Cell) -> Look {
        let color = |color, usual| match color {
            vt100::Color::Default => usual,
            vt100::Color::Idx(index) => Some(PALETTE[usize::from(index) % PALETTE.len()]),
            vt100::Color::Rgb(..) => usual,
        };
        let (mut front, mut back) = (color(cell.fgcolor(), Some("#d7dae0")), color(cell.bgcolor(), None));
        if cell.inverse() {
            (front, back) = (Some("#1d2026"), front);
        }
        Look {
            color: front.unwrap_or("#d7dae0"),
            background: back,
            bold: cell.bold(),
            dim: cell.dim(),
            underline: cell.underline(),
        }
    }
}

/// The sixteen colours of a terminal.
const PALETTE: [&str; 16] = [
    "#1d2026", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0", "#5c6370", "#f07178",
    "#a8d389", "#f0d08b", "#71bfff", "#d688ed", "#66c6d2", "#ffffff",
];

fn runs(screen: &vt100::Screen, row: u16, columns: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
        let text = if cell.has_contents() { cell.contents().to_owned() } else { " ".to_owned() };
        let look = Look::of(cell);
        match runs.last_mut().filter(|run| run.look == look) {
            Some(run) => {
                run.text.push_str(&text);
                run.cells += 1;
            }
            None => runs.push(Run { column, cells: 1, text, look }),
        }
    }
    runs
}

impl Run {
    fn draw(&self, row: u16, svg: &mut String) {
        let text = self.text.trim_end();
        let (x, y) = (12.0 + f32::from(self.column) * CELL.0, 12.0 + f32::from(row) * CELL.1);
        let width = f32::from(self.cells) * CELL.0;
        if let Some(background) = self.look.background {
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{background}\"/>",
                CELL.1
            );
        }
        if text.is_empty() {
            return;
        }
        let mut style = String::new();
        for (is_so, attribute) in [
            (self.look.bold, " font-weight=\"bold\""),
            (self.look.dim, " opacity=\"0.6\""),
            (self.look.underline, " text-decoration=\"underline\""),
        ] {
            if is_so {
                style.push_str(attribute);
            }
        }
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let length = text.chars().count() as f32 * CELL.0;
        let color = self.look.color;
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" fill=\"{color}\"{style}>{escaped}</text>",
            y + 14.0
        );
    }
}
