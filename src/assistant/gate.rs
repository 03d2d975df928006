//! What a model's confidence is worth: above the gate its command is an answer, below it a guess.
//!
//! A small model is often sure and wrong (it drops a detail), so its own probability is mapped to how often
//! such answers turned out right. The map belongs to the model's weights and is fitted again with them.

use serde::Deserialize;

/// The map of one model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Gate {
    /// Points of a line that rises: the model's probability of its reply, and the share of such replies that are right.
    share_right: Vec<(f32, f32)>,
    /// From this share on a command is presented as an answer.
    answer_from: f32,
}

impl Gate {
    /// Reads a gate from its JSON.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn parse(json: &str) -> Result<Gate, String> {
        let gate: Gate = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let rises = gate.share_right.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1);
        if gate.share_right.is_empty() || !rises {
            return Err("the points of `share_right` must rise".to_owned());
        }
        Ok(gate)
    }

    /// Returns how likely a reply that the model gave `probability` is right, 0 to 1.
    pub fn share_right(&self, probability: f32) -> f32 {
        let above = self.share_right.iter().position(|point| point.0 >= probability);
        match above {
            Some(0) => self.share_right[0].1,
            Some(index) => {
                let ((from, low), (to, high)) = (self.share_right[index - 1], self.share_right[index]);
                low + (high - low) * (probability - from) / (to - from)
            }
            None => self.share_right.last().map_or(0.0, |point| point.1),
        }
    }

    /// Whether a reply that is right with this likelihood may be called an answer.
    pub fn is_answer(&self, share_right: f32) -> bool {
        share_right >= self.answer_from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_points_runs_a_line() {
        let gate = Gate::parse(r#"{"share_right": [[0.2, 0.0], [0.6, 0.5], [1.0, 1.0]], "answer_from": 0.7}"#).unwrap();
        for (probability, share) in
            [(0.0, 0.0), (0.2, 0.0), (0.4, 0.25), (0.6, 0.5), (0.8, 0.75), (1.0, 1.0), (2.0, 1.0)]
        {
            assert!((gate.share_right(probability) - share).abs() < 1e-6, "{probability}");
        }
        assert!(gate.is_answer(0.7) && !gate.is_answer(0.69));
    }

    #[test]
    fn a_line_that_falls_is_refused() {
        assert!(Gate::parse(r#"{"share_right": [[0.5, 0.5], [0.4, 0.6]], "answer_from": 1}"#).is_err());
        assert!(Gate::parse(r#"{"share_right": [], "answer_from": 1}"#).is_err());
    }

    #[test]
    fn the_gate_of_the_built_in_model_is_sound() {
        Gate::parse(crate::model::builtin::GATE).unwrap();
    }
}
