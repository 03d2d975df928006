//! Several replies at once: a beam search that keeps the likeliest beginnings.
//!
//! A small model is often unsure between two commands; the second best of its whole replies is a better
//! alternative than a random one. All beginnings go through the model together, which costs little more
//! than one: the weights are read once for all.

use super::native::{Placed, Sequence, Token};
use super::sample::{Choice, likeliest};
use super::{Ended, Job, PartialText, Session};
use crate::engine::{EngineError, Event};

/// A reply in the making.
#[derive(Debug, Clone)]
struct Beam {
    sequence: Sequence,
    tokens: Vec<Token>,
    /// The sum over its tokens.
    log_probability: f32,
}

/// A beam and the token that may follow it.
struct Step {
    parent: usize,
    token: Token,
    log_probability: f32,
}

impl Session {
    /// Writes the `width` likeliest replies behind the prompt, the best first, and returns the tokens of all of them.
    pub(super) fn write_candidates(&mut self, job: &Job, width: usize) -> Result<u32, Ended> {
        let found = self.search(job, width);
        // The prompt stays for the next request; the beams shared its cells.
        for sequence in 1..=2 * width as Sequence {
            self.context.forget(sequence, 0);
        }
        let found = found?;
        let written = found.iter().map(|beam| beam.tokens.len() as u32).sum();
        for beam in found {
            let mut text = PartialText::default();
            for token in beam.tokens {
                self.context.model().append_piece(token, &mut text.bytes);
            }
            job.send(Event::Candidate { text: text.rest(), log_probability: beam.log_probability })?;
        }
        Ok(written)
    }

    fn search(&mut self, job: &Job, width: usize) -> Result<Vec<Beam>, Ended> {
        let mut finished: Vec<Beam> = Vec::new();
        let mut beams = vec![Beam { sequence: super::native::MAIN, tokens: Vec::new(), log_probability: 0.0 }];
        for length in 0..job.completion.max_tokens as usize {
            let mut steps = Vec::new();
            for (parent, beam) in beams.iter().enumerate() {
                let row = if length == 0 { -1 } else { parent as i32 };
                let choices = likeliest(self.context.logits_of(row), width + 1);
                steps.extend(choices.into_iter().map(|Choice { token, log_probability }| Step {
                    parent,
                    token,
                    log_probability: beam.log_probability + log_probability,
                }));
            }
            steps.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
            let mut next = Vec::new();
            for step in steps {
                let parent = &beams[step.parent];
                if self.context.model().ends_reply(step.token) {
                    finished.push(Beam { log_probability: step.log_probability, ..parent.clone() });
                } else if next.len() < width {
                    let mut tokens = parent.tokens.clone();
                    tokens.push(step.token);
                    next.push((parent.sequence, Beam { tokens, log_probability: step.log_probability, ..*parent }));
                }
            }
            finished.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
            finished.truncate(width);
            // A beginning only gets less likely: one behind the last of enough whole replies can't overtake it.
            if let Some(last) = finished.get(width - 1) {
                next.retain(|(_, beam)| beam.log_probability > last.log_probability);
            }
            if next.is_empty() {
                break;
            }
            beams = match self.advance(next, length, width, job) {
                Ok(beams) => beams,
                // The cache is full: what is finished has to do.
                Err(Ended::Failed(_)) if !finished.is_empty() => break,
                Err(ended) => return Err(ended),
            };
        }
        if finished.is_empty() {
            return Err(Ended::Failed(EngineError::CutOff(job.completion.max_tokens)));
        }
        Ok(finished)
    }

    /// Gives every chosen beginning a sequence of its own and reads its last token.
    fn advance(
        &mut self,
        chosen: Vec<(Sequence, Beam)>,
        length: usize,
        width: usize,
        job: &Job,
    ) -> Result<Vec<Beam>, Ended> {
        let width = width as Sequence;
        // Generations take turns: 1 to `width`, then `width` + 1 to 2 `width`.
        let (first, before) = if length.is_multiple_of(2) { (1, width + 1) } else { (width + 1, 1) };
        let mut beams = Vec::new();
        let mut tokens = Vec::new();
        for (sequence, (parent, beam)) in (first..).zip(chosen) {
            self.context.branch(parent, sequence);
            let token = beam.tokens[length];
            tokens.push(Placed { token, position: self.known.len() + length, sequence });
            beams.push(Beam { sequence, ..beam });
        }
        for old in before..before + width {
            self.context.forget(old, 0);
        }
        self.context.decode_each(&tokens, &job.cancelled)?;
        Ok(beams)
    }
}
