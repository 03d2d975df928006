//! Writes a tree on one line, for tests: `rm -r "$x"/*` is `(rm -r <$x>'/'<*>)`.
//!
//! Quoted text stands in single quotes, everything that is expanded in angle brackets.

use crate::safety::ast::*;
use std::fmt::Write;

pub fn script(script: &Script) -> String {
    let lists: Vec<String> = script.lists.iter().map(list).collect();
    lists.join(" ; ")
}

fn list(list: &AndOr) -> String {
    let mut out = pipeline(&list.first);
    for (connector, next) in &list.rest {
        out += if *connector == Connector::And { " && " } else { " || " };
        out += &pipeline(next);
    }
    match list.end {
        ListEnd::Sequence => {}
        ListEnd::Background => out += " &",
        ListEnd::Disowned => out += " &!",
    }
    out
}

fn pipeline(pipeline: &Pipeline) -> String {
    let mut out = String::new();
    out += if pipeline.timed { "time " } else { "" };
    out += if pipeline.negated { "! " } else { "" };
    for (index, next) in pipeline.commands.iter().enumerate() {
        match index.checked_sub(1).and_then(|index| pipeline.pipes.get(index)) {
            Some(Pipe::Output) => out += " | ",
            Some(Pipe::Both) => out += " |& ",
            Some(Pipe::Descriptor(number)) => out += &format!(" {number}>| "),
            None => {}
        }
        out += &command(next);
    }
    out
}

fn command(command: &Command) -> String {
    let mut out = kind(&command.kind);
    for next in &command.redirects {
        let redirect = redirect(next);
        match out.strip_suffix(')') {
            Some(open) if out.len() > 2 => out = format!("{open} {redirect})"),
            Some(open) => out = format!("{open}{redirect})"),
            None => out += &redirect,
        }
    }
    out
}

fn kind(kind: &CommandKind) -> String {
    match kind {
        CommandKind::Simple(simple) => {
            let parts = simple.assignments.iter().map(assignment).chain(simple.words.iter().map(word));
            format!("({})", parts.collect::<Vec<_>>().join(" "))
        }
        CommandKind::Group(body) => format!("(group {})", script(body)),
        CommandKind::Subshell(body) => format!("(sub {})", script(body)),
        CommandKind::If(choice) => {
            let mut out = String::from("(");
            for (index, (condition, body)) in choice.branches.iter().enumerate() {
                let keyword = if index == 0 { "if" } else { " elif" };
                let _ = write!(out, "{keyword} {} then {}", script(condition), script(body));
            }
            if let Some(body) = &choice.otherwise {
                let _ = write!(out, " else {}", script(body));
            }
            out + ")"
        }
        CommandKind::While(one) => {
            let keyword = if one.until { "until" } else { "while" };
            format!("({keyword} {} do {})", script(&one.condition), script(&one.body))
        }
        CommandKind::For(one) => {
            let keyword = if one.select { "select" } else { "for" };
            let list = one.words.as_ref().map(|list| format!(" in {}", words(list))).unwrap_or_default();
            format!("({keyword} {}{list} do {})", one.names.join(" "), script(&one.body))
        }
        CommandKind::ArithmeticFor(one) => format!("(for (({})) do {})", word(&one.head), script(&one.body)),
        CommandKind::Repeat(one) => format!("(repeat {} do {})", word(&one.count), script(&one.body)),
        CommandKind::Case(one) => {
            let mut out = format!("(case {}", word(&one.word));
            for item in &one.items {
                let patterns: Vec<String> = item.patterns.iter().map(word).collect();
                let end = match item.end {
                    CaseEnd::Break => "",
                    CaseEnd::FallThrough => " ;&",
                    CaseEnd::Continue => " ;;&",
                };
                let _ = write!(out, " [{}: {}{end}]", patterns.join("|"), script(&item.body));
            }
            out + ")"
        }
        CommandKind::Test(one) => format!("(test {})", test(one)),
        CommandKind::Arithmetic(one) => format!("(arith {})", word(one)),
        CommandKind::Coproc(one) => {
            format!(
                "(coproc{} {})",
                one.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default(),
                command(&one.body)
            )
        }
        CommandKind::Always(one) => format!("(group {} always {})", script(&one.body), script(&one.always)),
        CommandKind::Function(one) => format!("(function {} {})", words(&one.names), command(&one.body)),
        CommandKind::AnonymousFunction(one) => format!("(anonymous {} {})", command(&one.body), words(&one.args)),
    }
}

fn test(one: &Test) -> String {
    match one {
        Test::Word(operand) => word(operand),
        Test::Unary(operator, operand) => format!("({operator} {})", word(operand)),
        Test::Binary(left, operator, right) => format!("({} {operator} {})", word(left), word(right)),
        Test::Not(inner) => format!("(! {})", test(inner)),
        Test::And(left, right) => format!("({} && {})", test(left), test(right)),
        Test::Or(left, right) => format!("({} || {})", test(left), test(right)),
    }
}

fn assignment(one: &Assignment) -> String {
    let index = one.index.as_ref().map(|index| format!("[{}]", word(index))).unwrap_or_default();
    let sign = if one.append { "+=" } else { "=" };
    let value = match &one.value {
        Value::Scalar(value) => word(value),
        Value::Array(list) => elements(list),
    };
    format!("{}{index}{sign}{value}", one.name)
}

fn elements(list: &[Element]) -> String {
    let each = |one: &Element| match &one.key {
        Some(key) => format!("[{}]={}", word(key), word(&one.value)),
        None => word(&one.value),
    };
    format!("<({})>", list.iter().map(each).collect::<Vec<_>>().join(" "))
}

fn redirect(one: &Redirect) -> String {
    let descriptor = match &one.descriptor {
        Some(Descriptor::Number(number)) => number.to_string(),
        Some(Descriptor::Variable(name)) => format!("{{{name}}}"),
        None => String::new(),
    };
    let operator = match one.op {
        RedirectOp::Read => "<",
        RedirectOp::Write => ">",
        RedirectOp::Clobber => ">|",
        RedirectOp::WriteNew => ">?",
        RedirectOp::Append => ">>",
        RedirectOp::ReadWrite => "<>",
        RedirectOp::DuplicateInput => "<&",
        RedirectOp::DuplicateOutput => ">&",
        RedirectOp::WriteBoth => "&>",
        RedirectOp::AppendBoth => "&>>",
        RedirectOp::HereDocument => "<<",
        RedirectOp::HereString => "<<<",
    };
    let target = match &one.target {
        Target::Word(target) => word(target),
        Target::HereDocument(document) => format!("{} {{{}}}", document.delimiter, word(&document.body)),
    };
    format!("{descriptor}{operator}{target}")
}

fn words(list: &[Word]) -> String {
    list.iter().map(word).collect::<Vec<_>>().join(" ")
}

fn word(one: &Word) -> String {
    one.parts.iter().map(part).collect()
}

fn part(part: &Part) -> String {
    match &part.kind {
        PartKind::Literal(text) => {
            let text = text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\");
            if part.quote == Quote::None { text } else { format!("'{text}'") }
        }
        PartKind::Glob(glob) => match glob {
            Glob::Any => "<*>".to_string(),
            Glob::AnyDepth => "<**>".to_string(),
            Glob::One => "<?>".to_string(),
            Glob::Class(text) | Glob::Qualifier(text) => format!("<{text}>"),
            Glob::Group(sign, list) => format!("<{sign}({})>", list.iter().map(word).collect::<Vec<_>>().join("|")),
            Glob::Not => "<^>".to_string(),
        },
        PartKind::Tilde(name) => format!("<~{name}>"),
        PartKind::Parameter(one) => format!("<${}>", parameter(one)),
        PartKind::Command(inner) => format!("<$({})>", script(inner)),
        PartKind::Process(direction, inner) => {
            let sign = match direction {
                Direction::Input => "<",
                Direction::Output => ">",
                Direction::File => "=",
            };
            format!("<{sign}({})>", script(inner))
        }
        PartKind::Arithmetic(inner) => format!("<(({}))>", word(inner)),
        PartKind::Brace(Brace::List(list)) => {
            format!("<{{{}}}>", list.iter().map(word).collect::<Vec<_>>().join(","))
        }
        PartKind::Brace(Brace::Range { from, to, step }) => {
            format!("<{{{from}..{to}{}}}>", step.as_ref().map(|step| format!("..{step}")).unwrap_or_default())
        }
        PartKind::Array(list) => elements(list),
    }
}

fn parameter(one: &Parameter) -> String {
    let mut out = String::new();
    if !one.flags.is_empty() {
        let _ = write!(out, "({})", one.flags);
    }
    out += if one.indirect { "!" } else { "" };
    out += if one.length { "#" } else { "" };
    out += &one.name;
    if let Some(inner) = &one.inner {
        out += &word(inner);
    }
    if let Some(index) = &one.index {
        let _ = write!(out, "[{}]", word(index));
    }
    let colon = |colon: bool| if colon { ":" } else { "" };
    out + &match &one.op {
        ParameterOp::None => String::new(),
        ParameterOp::Default { colon: with, word: operand } => format!("{}-{}", colon(*with), word(operand)),
        ParameterOp::Assign { colon: with, always, word: operand } => {
            format!("{}{}={}", if *always { ":" } else { "" }, colon(*with), word(operand))
        }
        ParameterOp::Error { colon: with, word: operand } => format!("{}?{}", colon(*with), word(operand)),
        ParameterOp::Alternative { colon: with, word: operand } => format!("{}+{}", colon(*with), word(operand)),
        ParameterOp::TrimPrefix { longest, pattern } => {
            format!("{}{}", if *longest { "##" } else { "#" }, word(pattern))
        }
        ParameterOp::TrimSuffix { longest, pattern } => {
            format!("{}{}", if *longest { "%%" } else { "%" }, word(pattern))
        }
        ParameterOp::Replace { which, pattern, with } => {
            let sign = match which {
                Which::First => "/",
                Which::All => "//",
                Which::Prefix => "/#",
                Which::Suffix => "/%",
            };
            let with = with.as_ref().map(|with| format!("/{}", word(with))).unwrap_or_default();
            format!("{sign}{}{with}", word(pattern))
        }
        ParameterOp::Slice { offset, length } => {
            format!(
                ":{}{}",
                word(offset),
                length.as_ref().map(|length| format!(":{}", word(length))).unwrap_or_default()
            )
        }
        ParameterOp::Case(sign, pattern) => format!("{sign}{}", pattern.as_ref().map(word).unwrap_or_default()),
        ParameterOp::Transform(letter) => format!("@{letter}"),
        ParameterOp::Indices => " indices".to_string(),
        ParameterOp::Names => " names".to_string(),
        ParameterOp::Modifiers(text) => text.clone(),
        ParameterOp::Other(operand) => format!(" other {}", word(operand)),
    }
}
