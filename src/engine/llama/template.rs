//! Turns messages into the text a model was trained to continue, by the model's own chat template.
//!
//! Templates are Jinja programs inside the GGUF (`tokenizer.chat_template`), written for Python's
//! engine; minijinja runs them, so any model's template works, not only those llama.cpp knows.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, ErrorKind, context};

use crate::prompt::{Message, Role};

/// A chat template and what it may name.
pub struct ChatTemplate {
    environment: Environment<'static>,
    begin: String,
    end: String,
}

const NAME: &str = "chat";

impl ChatTemplate {
    /// Compiles `source`; `begin` and `end` are the texts of the tokens that begin and end a text.
    ///
    /// # Errors
    ///
    /// What is wrong with the template.
    pub fn new(source: String, (begin, end): (String, String)) -> Result<ChatTemplate, String> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| error.to_string())?);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |reason: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, reason))
        });
        environment.add_template_owned(NAME, source).map_err(|error| error.to_string())?;
        Ok(ChatTemplate { environment, begin, end })
    }

    /// Renders `messages` up to the place where the assistant's reply begins.
    ///
    /// Some templates refuse a system message; for these it goes in front of the first request.
    ///
    /// # Errors
    ///
    /// What the template objected to.
    pub fn render(&self, messages: &[Message]) -> Result<String, String> {
        self.try_render(messages)
            .or_else(|error| match without_system_message(messages) {
                Some(messages) => self.try_render(&messages),
                None => Err(error),
            })
            .map_err(|error| error.to_string())
    }

    fn try_render(&self, messages: &[Message]) -> Result<String, Error> {
        self.environment.get_template(NAME)?.render(context! {
            messages => Serde(messages),
            add_generation_prompt => true,
            bos_token => self.begin.as_str(),
            eos_token => self.end.as_str(),
        })
    }
}

fn without_system_message(messages: &[Message]) -> Option<Vec<Message>> {
    let (first, rest) = messages.split_first().filter(|(first, _)| first.role == Role::System)?;
    let mut rest = rest.to_vec();
    let request = rest.iter_mut().find(|message| message.role == Role::User)?;
    request.content = format!("{}\n\n{}", first.content, request.content);
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str) -> Result<String, String> {
        let borders = ("<s>".to_owned(), "</s>".to_owned());
        let messages = [Message::new(Role::System, "Be brief."), Message::new(Role::User, "list files")];
        ChatTemplate::new(source.to_owned(), borders)?.render(&messages)
    }

    #[test]
    fn the_forms_that_models_use_are_understood() {
        let chatml = "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n";
        assert_eq!(
            render(chatml).unwrap(),
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nlist files<|im_end|>\n<|im_start|>assistant\n"
        );
        assert_eq!(render("<|q|>{{ messages[-1]['content'] }}<|c|>").unwrap(), "<|q|>list files<|c|>");
        assert_eq!(render("{{ bos_token }}{{ messages[0]['content'].strip().upper() }}").unwrap(), "<s>BE BRIEF.");
    }

    #[test]
    fn a_template_that_refuses_a_system_message_gets_none() {
        let source = "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}\
                      {{ bos_token }}[INST] {{ messages[0].content }} [/INST]";
        assert_eq!(render(source).unwrap(), "<s>[INST] Be brief.\n\nlist files [/INST]");
    }

    #[test]
    fn a_broken_template_says_why() {
        assert!(render("{% for %}").unwrap_err().contains("syntax error"));
        assert!(render("{{ raise_exception('never') }}").unwrap_err().contains("never"));
    }
}
