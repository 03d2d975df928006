//! The tree of a command line, as the judge sees it.
//!
//! One small tree serves bash, zsh and fish, so that everything after parsing (folding words, unwrapping, rules) is written once
//! and never names the parser. Names follow the POSIX grammar: a [`Script`] is a row of [`AndOr`] lists, a list joins
//! [`Pipeline`]s, a pipeline joins [`Command`]s, a command holds [`Word`]s, and a word is a row of [`Part`]s.
//!
//! What a reader may rely on:
//! - every [`Span`] lies in the original text and starts and ends on a character border, also inside backquotes;
//! - text in [`PartKind::Literal`] is what the shell would see: quotes are gone and escapes are done;
//! - a word with no parts does not exist: `""` is one quoted, empty literal;
//! - a zsh word `=rm` is the literal `rm`: the path of that command stands for the command;
//! - nothing that runs is left out: whatever can hold a command substitution (an index, a default, a pattern, arithmetic, a
//!   here-document) is kept as a [`Word`], never as bare text;
//! - if the text was not understood in full, [`Parsed::complete`] is false and the tree is what was understood.

mod word;

pub use word::{Brace, Direction, Glob, Parameter, ParameterOp, Part, PartKind, Quote, Which, Word};

/// A range of bytes in the original text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Returns the text under the span, or nothing if it does not fit `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// Returns the smallest span that holds both.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// What became of a text: the tree, and what could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    pub script: Script,
    /// True when every byte was understood. When false, `problems` says why; the script may be empty or partial.
    pub complete: bool,
    pub problems: Vec<Problem>,
    /// Where comments stand, in order; they are in no other place of the tree. An interactive zsh does not know comments
    /// unless told to: there the text behind the `#` is read.
    pub comments: Vec<Span>,
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub span: Span,
    /// Why, in lower case and without a full stop.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The shell would refuse this text, or we can't read it as the shell does.
    Syntax,
    /// Nested too deep to read; the script is empty or cut there.
    TooDeep,
    /// Too long to read; the script is empty.
    TooLong,
}

/// Commands in a row: a whole text, a body, or the inside of a substitution.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    pub lists: Vec<AndOr>,
    pub span: Span,
}

/// Pipelines joined by `&&` and `||` (fish also `and`, `or`), read from left to right, and how the list ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AndOr {
    pub first: Pipeline,
    pub rest: Vec<(Connector, Pipeline)>,
    pub end: ListEnd,
    pub span: Span,
}

impl AndOr {
    /// Returns every pipeline of the list, in order.
    pub fn pipelines(&self) -> impl Iterator<Item = &Pipeline> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, pipeline)| pipeline))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connector {
    And,
    Or,
}

/// What ends an and-or list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListEnd {
    /// `;`, a newline or the end of the text.
    Sequence,
    /// `&`.
    Background,
    /// zsh `&!` and `&|`: in the background, and forgotten.
    Disowned,
}

/// Commands joined by pipes; most often one alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// `! …`, fish `not …`.
    pub negated: bool,
    /// The keyword `time` stands before it.
    pub timed: bool,
    /// At least one, except after a bare `time` or `!`.
    pub commands: Vec<Command>,
    /// What joins `commands[i]` to `commands[i + 1]`: one shorter than `commands`.
    pub pipes: Vec<Pipe>,
    pub span: Span,
}

/// What a pipe carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pipe {
    /// `|`.
    Output,
    /// `|&`, fish `&|`.
    Both,
    /// fish `2>|`: the one descriptor.
    Descriptor(u32),
}

/// A command with its redirects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub kind: CommandKind,
    /// Of a simple command too; in the order written.
    pub redirects: Vec<Redirect>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandKind {
    Simple(Simple),
    /// `{ …; }`, fish `begin … end`.
    Group(Script),
    /// `( … )`.
    Subshell(Script),
    If(If),
    /// `while` and `until`.
    While(While),
    /// `for`, `select`, zsh `foreach`.
    For(For),
    /// `for ((a; b; c))`: the head's text as a word of literals and expansions.
    ArithmeticFor(ArithmeticFor),
    /// zsh `repeat 3 …`.
    Repeat(Repeat),
    /// `case`, fish `switch`.
    Case(Case),
    /// `[[ … ]]`.
    Test(Test),
    /// `(( … ))`: the inside as a word of literals and expansions.
    Arithmetic(Word),
    Coproc(Coproc),
    /// zsh `{ … } always { … }`.
    Always(Always),
    /// A definition: its body does not run here, but may later.
    Function(Function),
    /// zsh `() { … } args` and `function { … } args`: runs at once with these arguments.
    AnonymousFunction(AnonymousFunction),
}

/// Assignments, then words of which the first names the command.
///
/// `export x=1`, `declare -a x=(1 2)` and their like are plain words here too: ask [`Word::as_assignment`] for an operand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simple {
    pub assignments: Vec<Assignment>,
    /// May be empty (`x=1`, `> file`).
    pub words: Vec<Word>,
}

/// `if` and every `elif` as (condition, body).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct If {
    pub branches: Vec<(Script, Script)>,
    pub otherwise: Option<Script>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct While {
    /// True for `until`.
    pub until: bool,
    pub condition: Script,
    pub body: Script,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct For {
    /// True for `select`.
    pub select: bool,
    /// One name, in zsh perhaps more.
    pub names: Vec<String>,
    /// None when there is no `in`: it runs over the positional parameters.
    pub words: Option<Vec<Word>>,
    pub body: Script,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArithmeticFor {
    pub head: Word,
    pub body: Script,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    pub count: Word,
    pub body: Script,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub word: Word,
    pub items: Vec<CaseItem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseItem {
    pub patterns: Vec<Word>,
    pub body: Script,
    pub end: CaseEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CaseEnd {
    /// `;;`.
    Break,
    /// `;&`: the next body runs too.
    FallThrough,
    /// `;;&`, zsh `;|`: the next patterns are tried.
    Continue,
}

/// The expression between `[[` and `]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    Word(Word),
    /// The operator with its dash: `-f`.
    Unary(String, Word),
    /// The operator as written: `==`, `=~`, `-nt`, `<`.
    Binary(Word, String, Word),
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coproc {
    pub name: Option<String>,
    pub body: Box<Command>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Always {
    pub body: Script,
    pub always: Script,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// One, in zsh perhaps more; in fish the name, then the options as written.
    pub names: Vec<Word>,
    pub body: Box<Command>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnonymousFunction {
    pub body: Box<Command>,
    pub args: Vec<Word>,
}

/// `name=value` before a command or alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub name: String,
    /// `name[index]=…`.
    pub index: Option<Word>,
    /// `+=`.
    pub append: bool,
    pub value: Value,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No parts when nothing follows the `=`; never brace-expanded, split or globbed.
    Scalar(Word),
    Array(Vec<Element>),
}

/// One element of `(a b [k]=v)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub key: Option<Word>,
    pub value: Word,
}

/// A redirect of one descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// None: what the operator means by itself.
    pub descriptor: Option<Descriptor>,
    pub op: RedirectOp,
    pub target: Target,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Descriptor {
    Number(u32),
    /// `{name}>…`.
    Variable(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RedirectOp {
    /// `<`.
    Read,
    /// `>`.
    Write,
    /// `>|`, zsh `>!`.
    Clobber,
    /// fish `>?`: only where there is no file yet.
    WriteNew,
    /// `>>`.
    Append,
    /// `<>`.
    ReadWrite,
    /// `<&`.
    DuplicateInput,
    /// `>&` before a descriptor or `-`; before any other word, even `$x`, it is [`RedirectOp::WriteBoth`].
    DuplicateOutput,
    /// `&>` and `>& file`, also zsh's `&>|` and `&>!`.
    WriteBoth,
    /// `&>>`, zsh `>>&`.
    AppendBoth,
    /// `<<` and `<<-`.
    HereDocument,
    /// `<<<`.
    HereString,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Word(Word),
    HereDocument(HereDocument),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HereDocument {
    pub delimiter: String,
    /// The delimiter was quoted, so the body is one literal.
    pub quoted: bool,
    /// The body as the command reads it (`<<-` has lost its tabs); every part counts as double-quoted, or single-quoted
    /// when `quoted`. No parts when empty.
    pub body: Word,
}
