//! Any OpenAI-compatible server as an engine: `POST /v1/chat/completions`, streamed.
//!
//! Servers differ in everything the protocol leaves open, so nothing optional is relied on. One
//! rule decides: a reply counts only when a `finish_reason` was seen; `[DONE]` and a closed
//! connection prove nothing. Dropping the stream closes the connection, which frees the server.

mod sse;

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Completion, Engine, EngineError, Event, EventSender, Identity, Pieces, Sampling, Usage};
use crate::prompt::Style;
use sse::SseDecoder;

/// Headers may be held back until the model is loaded and has read the prompt.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long figures may come after the reply itself has finished.
const AFTERWORDS: Duration = Duration::from_millis(200);

/// A server and how to reach it.
#[derive(Clone)]
pub struct RemoteEngine {
    client: Client,
    /// The address up to, not including, `/v1`.
    base_url: String,
    key: Option<ApiKey>,
    model: Option<String>,
    local: bool,
}

/// A secret that never shows itself.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes the key; blank text is no key.
    pub fn new(key: &str) -> Option<ApiKey> {
        let key = key.trim();
        (!key.is_empty()).then(|| ApiKey(key.to_owned()))
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl RemoteEngine {
    /// Makes an engine of the server at `base_url` (with or without `/v1` and a final slash).
    /// Without `model`, the first one the server lists is asked. No connection is opened yet.
    ///
    /// # Errors
    ///
    /// When `base_url` is no `http` or `https` address.
    pub fn new(base_url: &str, key: Option<ApiKey>, model: Option<String>) -> Result<RemoteEngine, EngineError> {
        let base_url = base_url.trim().trim_end_matches('/').trim_end_matches("/v1").trim_end_matches('/').to_owned();
        let not_an_address = |reason: String| EngineError::NotAServer { url: base_url.clone(), reason };
        let url = reqwest::Url::parse(&base_url).map_err(|error| not_an_address(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(not_an_address("it is no http address".to_owned()));
        }
        let local = is_loopback(&url);
        // No redirects: the key must not travel to another host.
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(if local { 2 } else { 5 }))
            .read_timeout(PATIENCE);
        if local {
            // With `http_proxy` set, even loopback would go through the proxy.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| not_an_address(error.to_string()))?;
        Ok(RemoteEngine { client, base_url, key, model, local })
    }

    /// Whether the server runs on this machine.
    pub fn is_local(&self) -> bool {
        self.local
    }

    fn request(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(ApiKey(key)) => request.bearer_auth(key),
            None => request,
        }
    }

    /// The model to ask: the named one, else the first the server lists, else none (some servers
    /// list nothing and want no name).
    async fn model(&self) -> Option<String> {
        if self.model.is_some() {
            return self.model.clone();
        }
        let request = self.client.get(format!("{}/v1/models", self.base_url)).timeout(Duration::from_secs(5));
        let list: Value = self.request(request).send().await.ok()?.json().await.ok()?;
        list["data"].as_array()?.iter().find_map(|model| model["id"].as_str()).map(str::to_owned)
    }

    async fn answer(&self, completion: Completion, events: &EventSender) -> Result<(), EngineError> {
        let mut body = json!({
            "messages": completion.messages,
            "max_tokens": completion.max_tokens,
            "stream": true,
        });
        match completion.sampling {
            Sampling::Greedy | Sampling::Beam { .. } => body["temperature"] = json!(0),
            Sampling::Temperature { temperature, seed } => {
                body["temperature"] = json!(temperature);
                body["seed"] = json!(seed);
            }
        }
        if let Some(model) = self.model().await {
            body["model"] = json!(model);
        }
        let url = format!("{}/v1/chat/completions", self.base_url);
        let request = self.request(self.client.post(url)).json(&body);
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let response = self.accepted(response).await?;
        self.read(response, completion.max_tokens, events).await
    }

    async fn accepted(&self, response: Response) -> Result<Response, EngineError> {
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let body = response.text().await.unwrap_or_default();
        let reason = serde_json::from_str(&body).ok().as_ref().and_then(error_in).unwrap_or_else(|| first_line(&body));
        Err(EngineError::Refused { url: self.base_url.clone(), status: status.as_u16(), reason })
    }

    async fn read(&self, mut response: Response, max_tokens: u32, events: &EventSender) -> Result<(), EngineError> {
        let mut decoder = SseDecoder::default();
        let mut reply = Reply::default();
        let mut head = Vec::new();
        loop {
            let chunk = match reply.finish {
                None => response.chunk().await,
                // What may follow are figures; a server that sends none and stays is not waited for.
                Some(_) => timeout(AFTERWORDS, response.chunk()).await.unwrap_or(Ok(None)),
            };
            let (frames, ended) = match chunk.map_err(|error| self.broke_off(&cause_of(&error)))? {
                Some(bytes) => {
                    // What is no event stream is shown as it began.
                    head.extend_from_slice(&bytes[..bytes.len().min(4096usize.saturating_sub(head.len()))]);
                    (decoder.push(&bytes).map_err(|reason| self.broke_off(&reason))?, false)
                }
                None => (std::mem::take(&mut decoder).finish().into_iter().collect(), true),
            };
            for frame in frames {
                let event = reply.take(&frame).map_err(|reason| self.broke_off(&reason))?;
                if let Some(event) = event
                    && events.send(Ok(event)).await.is_err()
                {
                    return Ok(());
                }
            }
            if ended || reply.done {
                break;
            }
        }
        match reply.finish.as_deref() {
            Some("stop") => {
                let _ = events.send(Ok(Event::End(reply.usage))).await;
                Ok(())
            }
            Some("length") => Err(EngineError::CutOff(max_tokens)),
            Some("content_filter") => Err(EngineError::Filtered),
            Some(other) => Err(self.broke_off(&format!("it ended with `{other}`"))),
            None if reply.usage == Usage::default() && !head.starts_with(b"data:") && !head.starts_with(b":") => {
                Err(self.not_a_stream(&String::from_utf8_lossy(&head)))
            }
            None => Err(self.broke_off("it ended without a finish_reason")),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> EngineError {
        EngineError::Unreachable { url: self.base_url.clone(), reason: cause_of(error) }
    }

    fn broke_off(&self, reason: &str) -> EngineError {
        EngineError::BrokeOff { url: self.base_url.clone(), reason: reason.to_owned() }
    }

    fn not_a_stream(&self, body: &str) -> EngineError {
        let reason = match serde_json::from_str(body).ok().as_ref().and_then(error_in) {
            Some(reason) => reason,
            None if body.trim().is_empty() => "an empty answer".to_owned(),
            None => format!("it sent `{}`", first_line(body)),
        };
        EngineError::NotAServer { url: self.base_url.clone(), reason }
    }
}

impl Engine for RemoteEngine {
    fn identity(&self) -> Identity {
        Identity { backend: "openai", model: self.model.clone().unwrap_or_default(), style: Style::Chat }
    }

    fn complete(&self, completion: Completion) -> Pieces {
        let (events, pieces, _) = Pieces::channel();
        let engine = self.clone();
        tokio::spawn(async move {
            let outcome = tokio::select! {
                outcome = engine.answer(completion, &events) => outcome,
                // Leaving drops the request and with it the connection.
                () = events.closed() => return,
            };
            if let Err(error) = outcome {
                let _ = events.send(Err(error)).await;
            }
        });
        pieces
    }
}

/// What the frames of one reply have said so far.
#[derive(Default)]
struct Reply {
    finish: Option<String>,
    /// `[DONE]` was seen: nothing follows.
    done: bool,
    usage: Usage,
}

impl Reply {
    fn take(&mut self, frame: &str) -> Result<Option<Event>, String> {
        if frame.trim() == "[DONE]" {
            self.done = true;
            return Ok(None);
        }
        let frame: Value = serde_json::from_str(frame).map_err(|error| format!("a frame is no JSON: {error}"))?;
        if let Some(reason) = error_in(&frame) {
            return Err(reason);
        }
        if let Some(tokens) = frame["usage"]["prompt_tokens"].as_u64() {
            self.usage.prompt_tokens = tokens as u32;
        }
        if let Some(tokens) = frame["usage"]["completion_tokens"].as_u64() {
            self.usage.reply_tokens = tokens as u32;
        }
        let choice = &frame["choices"][0];
        if let Some(finish) = choice["finish_reason"].as_str() {
            self.finish = Some(finish.to_owned());
        }
        let text = choice["delta"]["content"].as_str().filter(|text| !text.is_empty());
        Ok(text.map(|text| Event::Piece { text: text.to_owned(), log_probability: None }))
    }
}

/// Finds the words of an error in the shapes servers use.
fn error_in(body: &Value) -> Option<String> {
    let words = match body {
        Value::Object(fields) if fields.get("object").and_then(Value::as_str) == Some("error") => &body["message"],
        _ if body["error"].is_object() => &body["error"]["message"],
        _ if body["error"].is_string() => &body["error"],
        _ if !body["detail"].is_null() => &body["detail"],
        _ if body["error"].is_null() => return None,
        _ => &body["error"],
    };
    Some(words.as_str().map_or_else(|| words.to_string(), str::to_owned))
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().chars().take(120).collect()
}

/// The innermost cause, which names what really happened (`connection refused`).
fn cause_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string().to_lowercase()
}

fn is_loopback(url: &reqwest::Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_url_is_taken_with_and_without_v1() {
        for url in [
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/v1",
            " http://127.0.0.1:8080/v1/ ",
        ] {
            assert_eq!(RemoteEngine::new(url, None, None).unwrap().base_url, "http://127.0.0.1:8080");
        }
        for url in ["", "localhost:8080", "ftp://x", "not a url"] {
            assert!(matches!(RemoteEngine::new(url, None, None), Err(EngineError::NotAServer { .. })), "{url}");
        }
    }

    #[test]
    fn errors_are_found_in_every_shape() {
        let words = |body: Value| error_in(&body);
        assert_eq!(words(json!({"error": {"message": "no", "code": 1}})).as_deref(), Some("no"));
        assert_eq!(words(json!({"error": "no"})).as_deref(), Some("no"));
        assert_eq!(words(json!({"detail": "no"})).as_deref(), Some("no"));
        assert_eq!(words(json!({"object": "error", "message": "no"})).as_deref(), Some("no"));
        assert_eq!(words(json!({"choices": [], "error": null})), None);
        assert_eq!(words(json!({"choices": []})), None);
    }

    #[test]
    fn a_key_never_shows_itself() {
        assert_eq!(format!("{:?}", ApiKey::new("secret")), "Some(***)");
        assert!(ApiKey::new("  ").is_none());
    }
}
