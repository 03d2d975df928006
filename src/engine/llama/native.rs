//! The border to llama.cpp: the only file that names `llama_cpp_2` and its sys crate.
//!
//! The safe crate owns the backend, the model and the vocabulary. Three things it has no wrapper
//! for in 0.1.160 are done with the sys crate here: loading without weight repacking
//! (`use_extra_bufts`), a context whose work can be aborted (`abort_callback`), and the log, whose
//! last error we keep so that a failed load can say why.

use std::ffi::{CStr, CString, c_char, c_void};
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Arc, LazyLock, Mutex};

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_sys_2 as sys;

use crate::engine::Cancelled;

/// A token's number in the model's vocabulary.
pub type Token = i32;

/// How a model is loaded and run. What each setting is worth was measured on two CPU cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Threads for prompt and reply alike: the physical cores for a large model, one for a tiny
    /// one (two threads beside a busy process take five times as long there, up to seconds).
    pub threads: u32,
    /// Repacks Q4 weights for this CPU while loading: 0.4 to 0.8 s and 600 MiB at 1.5B, for a
    /// fifth more tokens a second. Pays for a model that stays, not for one short answer.
    pub repack: bool,
    /// Tokens of prompt and reply together; llama.cpp rounds up to a multiple of 256.
    pub context_tokens: u32,
    /// The most replies that can be followed side by side (see `beam`); 1 for a model that writes one.
    pub beams: u32,
}

/// The sequence that holds the prompt and the reply being written.
pub const MAIN: Sequence = 0;

/// The number of a sequence of tokens in the KV cache.
pub type Sequence = i32;

/// A token to be read at a place of a sequence.
#[derive(Debug, Clone, Copy)]
pub struct Placed {
    pub token: Token,
    pub position: usize,
    pub sequence: Sequence,
}

/// Starts llama.cpp, if that was not done yet; loading a model does it too.
pub fn start() {
    LazyLock::force(&BACKEND);
}

/// A loaded model.
pub struct Model(LlamaModel);

impl Model {
    /// Loads the file at `path`. `progress` gets the fraction done and ends the load by returning
    /// false.
    ///
    /// # Errors
    ///
    /// llama.cpp's own last words.
    pub fn load(path: &Path, settings: Settings, mut progress: impl FnMut(f32) -> bool) -> Result<Model, String> {
        start();
        take_last_error();
        let path = CString::new(path.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
        // SAFETY: `path` and `progress` outlive the call, which does not keep them; the progress
        // callback is given the very type it casts to.
        let model = unsafe {
            let mut parameters = sys::llama_model_default_params();
            parameters.load_mode = sys::LLAMA_LOAD_MODE_MMAP;
            parameters.use_extra_bufts = settings.repack && !has_amx();
            parameters.progress_callback = Some(call_progress);
            let mut progress: &mut dyn FnMut(f32) -> bool = &mut progress;
            parameters.progress_callback_user_data = (&raw mut progress).cast();
            sys::llama_model_load_from_file(path.as_ptr(), parameters)
        };
        let model = NonNull::new(model).ok_or_else(take_last_error)?;
        // SAFETY: `LlamaModel` is `repr(transparent)` over a non-null model pointer, which it frees.
        Ok(Model(unsafe { mem::transmute::<NonNull<sys::llama_model>, LlamaModel>(model) }))
    }

    /// Splits `text` into tokens; the names of special tokens in it become those tokens.
    pub fn tokenize(&self, text: &str) -> Vec<Token> {
        let vocabulary = self.0.vocab();
        let begin = vocabulary.bos();
        let begins_itself = self.special_text(begin).is_some_and(|begin| text.starts_with(&begin));
        let tokens = vocabulary.tokenize(text.as_bytes(), !begins_itself, true);
        tokens.into_iter().map(|token| token.0).collect()
    }

    /// Appends the bytes of `token` to `bytes`; they may end inside a character.
    pub fn append_piece(&self, token: Token, bytes: &mut Vec<u8>) {
        self.0.vocab().token_to_piece_into(LlamaToken(token), bytes, false, None);
    }

    /// True for the tokens that end a reply.
    pub fn ends_reply(&self, token: Token) -> bool {
        self.0.vocab().is_eog(LlamaToken(token))
    }

    /// The texts of the tokens that begin and end a text, for the chat template.
    pub fn text_borders(&self) -> (String, String) {
        let vocabulary = self.0.vocab();
        let text = |token| self.special_text(token).unwrap_or_default();
        (text(vocabulary.bos()), text(vocabulary.eos()))
    }

    /// The number of tokens the model was trained to see at once.
    pub fn trained_context(&self) -> u32 {
        self.0.n_ctx_train()
    }

    fn special_text(&self, token: LlamaToken) -> Option<String> {
        let known = (0..self.0.vocab().n_tokens()).contains(&token.0);
        known.then(|| self.0.vocab().text(token).map(|text| text.to_string_lossy().into_owned())).flatten()
    }

    fn pointer(&self) -> *mut sys::llama_model {
        // SAFETY: as in `load`; the reference is only read for its address.
        unsafe { mem::transmute_copy::<LlamaModel, *mut sys::llama_model>(&self.0) }
    }
}

/// The model's memory of one conversation. It lives and dies on the thread that made it.
pub struct Context {
    pointer: NonNull<sys::llama_context>,
    vocabulary_size: usize,
    /// What the abort callback reads; its address must not change.
    abort: Box<Abort>,
    // Dropped after the context, which refers to it.
    model: Arc<Model>,
}

/// The two reasons to end a decode early.
struct Abort {
    /// The engine is being dropped.
    engine: Cancelled,
    /// Nobody waits for the reply in the making.
    reply: Mutex<Cancelled>,
}

impl Abort {
    fn is_wanted(&self) -> bool {
        self.engine.is_set() || self.reply.lock().is_ok_and(|reply| reply.is_set())
    }
}

/// How a call to [`Context::decode`] can end without having decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The engine or the reply was dropped.
    Aborted,
    /// llama.cpp's own last words.
    Failed(String),
}

impl Context {
    /// Makes an empty context. A decode in it ends soon (4 to 41 ms were seen) once `engine` is set.
    ///
    /// # Errors
    ///
    /// llama.cpp's own last words, nearly always that memory is short.
    pub fn new(model: Arc<Model>, settings: Settings, engine: Cancelled) -> Result<Context, String> {
        let abort = Box::new(Abort { engine, reply: Mutex::default() });
        // SAFETY: the callback gets a pointer to the boxed reasons, which live as long as the context.
        let pointer = unsafe {
            let mut parameters = sys::llama_context_default_params();
            parameters.n_ctx = settings.context_tokens;
            parameters.n_batch = settings.context_tokens;
            parameters.n_ubatch = settings.context_tokens.min(512);
            // Two generations of beams, and the prompt itself, share one pool of cells.
            parameters.n_seq_max = if settings.beams > 1 { 2 * settings.beams + 1 } else { 1 };
            parameters.kv_unified = true;
            parameters.n_threads = settings.threads as i32;
            parameters.n_threads_batch = settings.threads as i32;
            parameters.flash_attn_type = sys::LLAMA_FLASH_ATTN_TYPE_ENABLED;
            parameters.no_perf = true;
            parameters.abort_callback = Some(call_abort);
            parameters.abort_callback_data = (&raw const *abort).cast_mut().cast();
            sys::llama_init_from_model(model.pointer(), parameters)
        };
        let pointer = NonNull::new(pointer).ok_or_else(take_last_error)?;
        let vocabulary_size = model.0.n_vocab() as usize;
        Ok(Context { pointer, vocabulary_size, abort, model })
    }

    /// The model this context belongs to.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The number of tokens this context holds.
    pub fn capacity(&self) -> usize {
        // SAFETY: the pointer is a live context.
        unsafe { sys::llama_n_ctx(self.pointer.as_ptr()) as usize }
    }

    /// Reads `tokens` (at least one) behind what is already known, unless `cancelled`.
    ///
    /// # Errors
    ///
    /// When aborted or failed; then whole parts of `tokens` may have been read, so
    /// [`Context::forget_from`] must say what is known.
    pub fn decode(&mut self, tokens: &mut [Token], cancelled: &Cancelled) -> Result<(), DecodeError> {
        // SAFETY: the batch borrows `tokens`, which outlives the call.
        self.decode_batch(unsafe { sys::llama_batch_get_one(tokens.as_mut_ptr(), tokens.len() as i32) }, cancelled)
    }

    /// Reads one token for each of several sequences; [`Context::logits_of`] then has a row for each.
    ///
    /// # Errors
    ///
    /// When aborted or failed, also when the cache is full.
    pub fn decode_each(&mut self, tokens: &[Placed], cancelled: &Cancelled) -> Result<(), DecodeError> {
        // SAFETY: the arrays of the batch have room for `tokens.len()` tokens of one sequence each, and
        // are freed after their only use.
        unsafe {
            let mut batch = sys::llama_batch_init(tokens.len() as i32, 0, 1);
            for (at, placed) in tokens.iter().enumerate() {
                *batch.token.add(at) = placed.token;
                *batch.pos.add(at) = placed.position as i32;
                *batch.n_seq_id.add(at) = 1;
                **batch.seq_id.add(at) = placed.sequence;
                *batch.logits.add(at) = 1;
            }
            batch.n_tokens = tokens.len() as i32;
            let decoded = self.decode_batch(batch, cancelled);
            sys::llama_batch_free(batch);
            decoded
        }
    }

    fn decode_batch(&mut self, batch: sys::llama_batch, cancelled: &Cancelled) -> Result<(), DecodeError> {
        take_last_error();
        if let Ok(mut reply) = self.abort.reply.lock() {
            *reply = cancelled.clone();
        }
        // SAFETY: the caller's batch is whole and lives during the call.
        match unsafe { sys::llama_decode(self.pointer.as_ptr(), batch) } {
            0 => Ok(()),
            2 => Err(DecodeError::Aborted),
            _ if self.abort.is_wanted() => Err(DecodeError::Aborted),
            status => Err(DecodeError::Failed(format!("{} (status {status})", take_last_error()))),
        }
    }

    /// The scores of every token of the vocabulary for the next place; after a decode only.
    pub fn logits(&self) -> &[f32] {
        self.logits_of(-1)
    }

    /// The scores behind token `row` of the last [`Context::decode_each`].
    pub fn logits_of(&self, row: i32) -> &[f32] {
        // SAFETY: llama.cpp keeps rows of the vocabulary's size for the tokens that asked for one, else null;
        // the borrow ends before the next decode, which needs `&mut self`.
        unsafe {
            let row = sys::llama_get_logits_ith(self.pointer.as_ptr(), row);
            if row.is_null() { &[] } else { std::slice::from_raw_parts(row, self.vocabulary_size) }
        }
    }

    /// Forgets every token from place `position` on.
    pub fn forget_from(&mut self, position: usize) {
        self.forget(MAIN, position);
    }

    /// Forgets what sequence `sequence` holds from place `position` on.
    pub fn forget(&mut self, sequence: Sequence, position: usize) {
        // SAFETY: the pointer is a live context.
        unsafe {
            let memory = sys::llama_get_memory(self.pointer.as_ptr());
            sys::llama_memory_seq_rm(memory, sequence, position as i32, -1);
        }
    }

    /// Lets sequence `to` begin with all that `from` holds; nothing is copied.
    pub fn branch(&mut self, from: Sequence, to: Sequence) {
        // SAFETY: the pointer is a live context.
        unsafe {
            let memory = sys::llama_get_memory(self.pointer.as_ptr());
            sys::llama_memory_seq_cp(memory, from, to, -1, -1);
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `llama_init_from_model` and is freed once.
        unsafe { sys::llama_free(self.pointer.as_ptr()) }
    }
}

/// llama.cpp is started once per process, with its log led into ours. A failed assertion ends the
/// process with its own words; without the callback llama.cpp would start a debugger first.
static BACKEND: LazyLock<Option<LlamaBackend>> = LazyLock::new(|| {
    // SAFETY: the callbacks are plain functions that take no user data.
    unsafe {
        sys::llama_log_set(Some(log), std::ptr::null_mut());
        sys::ggml_log_set(Some(log), std::ptr::null_mut());
        sys::ggml_set_abort_callback(Some(say_last_words));
    }
    LlamaBackend::init().ok()
});

/// Whether this CPU multiplies matrices with AMX tiles, for which repacked weights would be laid
/// out. GCC 12 miscompiles llama.cpp's tile set-up (<https://github.com/ggml-org/llama.cpp/pull/26954>):
/// the first multiplication ends the process. Unpacked weights never go that way.
fn has_amx() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        const AMX_TILE: u32 = 1 << 24;
        std::arch::x86_64::__cpuid(0).eax >= 7 && std::arch::x86_64::__cpuid_count(7, 0).edx & AMX_TILE != 0
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

static LAST_ERROR: Mutex<String> = Mutex::new(String::new());

fn take_last_error() -> String {
    LAST_ERROR.lock().map(|mut error| mem::take(&mut *error)).unwrap_or_default()
}

unsafe extern "C" fn log(level: sys::ggml_log_level, text: *const c_char, _: *mut c_void) {
    // SAFETY: llama.cpp passes a NUL-ended text that lives during the call.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let text = text.trim();
    match level {
        sys::GGML_LOG_LEVEL_ERROR => {
            tracing::debug!(target: "llama", "error: {text}");
            if let Ok(mut last) = LAST_ERROR.lock() {
                // The first words name the cause; what follows only repeats that loading failed.
                if last.is_empty() {
                    last.push_str(text);
                }
            }
        }
        sys::GGML_LOG_LEVEL_WARN => tracing::debug!(target: "llama", "warning: {text}"),
        _ => tracing::trace!(target: "llama", "{text}"),
    }
}

unsafe extern "C" fn say_last_words(words: *const c_char) {
    // SAFETY: llama.cpp passes a NUL-ended text that lives during the call.
    let words = unsafe { CStr::from_ptr(words) }.to_string_lossy();
    eprintln!("caro: llama.cpp gave up: {}", words.trim());
}

unsafe extern "C" fn call_progress(fraction: f32, data: *mut c_void) -> bool {
    // SAFETY: `Model::load` passes a pointer to this very type.
    let progress = unsafe { &mut *data.cast::<&mut dyn FnMut(f32) -> bool>() };
    progress(fraction)
}

unsafe extern "C" fn call_abort(data: *mut c_void) -> bool {
    // SAFETY: `Context::new` passes a pointer to the boxed reasons.
    unsafe { &*data.cast::<Abort>() }.is_wanted()
}
