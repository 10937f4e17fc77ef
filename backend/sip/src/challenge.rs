//! A refused request once more, with credentials (RFC 3261, 22.2 and 22.3).

use crate::digest;
use crate::message::Header;
use crate::rng::Rng;
use crate::transaction::Blueprint;
use crate::view::Message;

/// The most challenges that are answered for one request: one of the server, one of a proxy, and one stale nonce.
const TRIES_MAX: u8 = 3;

/// The request with the answer to the challenge and the next number. None when there are no credentials, when the same
/// credentials were refused already, or when the challenge cannot be answered.
pub(crate) fn answered(rng: &mut Rng, mut blueprint: Box<Blueprint>, refusal: &Message) -> Option<Box<Blueprint>> {
    let (asks, answers) = match refusal.status() {
        401 => ("WWW-Authenticate", "Authorization"),
        407 => ("Proxy-Authenticate", "Proxy-Authorization"),
        _ => return None,
    };
    let request = &blueprint.request;
    let credentials = request.credentials.as_ref()?;
    let challenge = digest::strongest(&refusal.header_lines(asks))?;
    let tried = blueprint.authorization.iter().any(|h| h.name == answers);
    if blueprint.tries >= TRIES_MAX || (tried && !digest::is_stale(challenge)) {
        return None;
    }
    let cnonce = rng.tag();
    let value = digest::answer(challenge, credentials, &request.method, &request.uri, &cnonce, 1, &request.body)?;
    blueprint.authorization.retain(|h| h.name != answers);
    blueprint.authorization.push(Header::new(answers, value));
    blueprint.tries += 1;
    blueprint.request.cseq += 1;
    Some(blueprint)
}
