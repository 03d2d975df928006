//! Choosing the next token from the model's scores.

use crate::engine::Sampling;

/// Chooses tokens, one after another, as a [`Sampling`] says.
pub struct Sampler {
    sampling: Sampling,
    state: u64,
}

/// A chosen token and the natural logarithm of the probability the model gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    pub token: i32,
    pub log_probability: f32,
}

/// A token whose score lies this far below the best one has less than 1 in 10 million of its
/// probability; leaving such tokens out of sums saves 150,000 exponentials a token.
const NEGLIGIBLE: f32 = 16.0;

impl Sampler {
    /// Makes a sampler; a seeded one draws the same tokens again.
    pub fn new(sampling: Sampling) -> Sampler {
        let state = match sampling {
            Sampling::Greedy | Sampling::Beam { .. } => 0,
            Sampling::Temperature { seed, .. } => seed,
        };
        Sampler { sampling, state }
    }

    /// Chooses among `logits`, one score for each token; `None` when there are no finite scores.
    pub fn choose(&mut self, logits: &[f32]) -> Option<Choice> {
        let best = best_of(logits)?;
        let token = match self.sampling {
            Sampling::Greedy | Sampling::Beam { .. } => best,
            Sampling::Temperature { temperature, .. } => self.draw(logits, logits[best], temperature),
        };
        let top = logits[best];
        Some(Choice { token: token as i32, log_probability: logits[token] - top - log_sum(logits, top) })
    }

    fn draw(&mut self, logits: &[f32], top: f32, temperature: f32) -> usize {
        let temperature = temperature.max(1e-3);
        let weights =
            || near(logits, top, NEGLIGIBLE * temperature).map(|(token, gap)| (token, (gap / temperature).exp()));
        let mut rest = self.uniform() * weights().map(|(_, weight)| weight).sum::<f32>();
        let mut last = 0;
        for (token, weight) in weights() {
            last = token;
            rest -= weight;
            if rest < 0.0 {
                break;
            }
        }
        last
    }

    /// A number from 0 up to 1, by SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>, public domain).
    fn uniform(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 40) as f32 / (1 << 24) as f32
    }
}

/// The `most` likeliest tokens, the best first; none when there are no finite scores.
pub fn likeliest(logits: &[f32], most: usize) -> Vec<Choice> {
    let Some(best) = best_of(logits) else { return Vec::new() };
    let top = logits[best];
    let sum = log_sum(logits, top);
    let mut choices: Vec<Choice> = near(logits, top, NEGLIGIBLE)
        .map(|(token, gap)| Choice { token: token as i32, log_probability: gap - sum })
        .collect();
    choices.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
    choices.truncate(most);
    choices
}

/// The logarithm of the sum of all probabilities, relative to the token with score `top`.
fn log_sum(logits: &[f32], top: f32) -> f32 {
    near(logits, top, NEGLIGIBLE).map(|(_, gap)| gap.exp()).sum::<f32>().ln()
}

fn best_of(logits: &[f32]) -> Option<usize> {
    let mut best = None;
    let mut top = f32::NEG_INFINITY;
    for (token, &logit) in logits.iter().enumerate() {
        if logit > top {
            (best, top) = (Some(token), logit);
        }
    }
    best
}

/// The tokens whose score is at most `reach` below `top`, with how far below.
fn near(logits: &[f32], top: f32, reach: f32) -> impl Iterator<Item = (usize, f32)> {
    logits
        .iter()
        .enumerate()
        .filter(move |(_, logit)| **logit > top - reach)
        .map(move |(token, logit)| (token, logit - top))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [1.0, 3.0, 2.0, -40.0];

    #[test]
    fn greedy_takes_the_best_and_knows_its_probability() {
        let choice = Sampler::new(Sampling::Greedy).choose(&LOGITS).unwrap();
        assert_eq!(choice.token, 1);
        let expected = 1.0 / (1.0 + (-1.0f32).exp() + (-2.0f32).exp());
        assert!((choice.log_probability.exp() - expected).abs() < 1e-6);
    }

    #[test]
    fn no_scores_give_no_choice() {
        assert_eq!(Sampler::new(Sampling::Greedy).choose(&[]), None);
        assert_eq!(Sampler::new(Sampling::Greedy).choose(&[f32::NAN]), None);
    }

    #[test]
    fn drawing_follows_the_probabilities_and_the_seed() {
        let draws = |seed| {
            let mut sampler = Sampler::new(Sampling::Temperature { temperature: 1.0, seed });
            (0..3000).map(|_| sampler.choose(&LOGITS).unwrap().token).collect::<Vec<_>>()
        };
        let share = draws(7).iter().filter(|token| **token == 1).count() as f32 / 3000.0;
        assert!((share - 0.665).abs() < 0.03, "{share}");
        assert!(!draws(7).contains(&3));
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
    }

    #[test]
    fn a_low_temperature_is_nearly_greedy() {
        let mut sampler = Sampler::new(Sampling::Temperature { temperature: 0.01, seed: 1 });
        assert!((0..100).all(|_| sampler.choose(&LOGITS).unwrap().token == 1));
    }
}
