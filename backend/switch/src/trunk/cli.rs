//! `X-Outbound-Cli`: a client chooses what a trunk is told of who calls (CLI-01…CLI-06).

use shared::destination::is_dialled;
use sip::Message;

/// The most directives of one call.
const DIRECTIVES_MAX: usize = 8;

/// Which header a directive is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// The user of From (CLI-02).
    From,
    /// P-Asserted-Identity (CLI-03).
    Asserted,
    /// Remote-Party-ID (CLI-04).
    RemoteParty,
}

/// One directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// What it is about.
    pub rewrite: Rewrite,
    /// The number that is to be shown.
    pub user: String,
    /// Only by the trunk of this name (CLI-05).
    pub trunk: Option<String>,
}

/// The directives of an INVITE; what cannot be read is as if it were not there (CLI-06).
pub fn directives(message: &Message) -> Vec<Directive> {
    let lines = message.header_lines("X-Outbound-Cli");
    let items = lines.iter().flat_map(|line| line.split(','));
    items.filter_map(directive).take(DIRECTIVES_MAX).collect()
}

fn directive(text: &str) -> Option<Directive> {
    let mut parts = text.split(';').map(str::trim);
    let (name, user) = parts.next()?.split_once('=')?;
    let rewrite = match name.trim().to_ascii_lowercase().as_str() {
        "rewrite-from" => Rewrite::From,
        "rewrite-pai" => Rewrite::Asserted,
        "rewrite-rpi" => Rewrite::RemoteParty,
        _ => return None,
    };
    let user = user.trim().to_owned();
    let mut trunk = None;
    for part in parts {
        let (name, value) = part.split_once([':', '='])?;
        if name.trim().eq_ignore_ascii_case("trunk-name") {
            trunk = Some(value.trim().to_owned());
        }
    }
    is_dialled(&user).then_some(Directive { rewrite, user, trunk })
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: CLI-01, CLI-02, CLI-03, CLI-04, CLI-05, CLI-06
    #[test]
    fn cli_01_directives_are_read_and_nonsense_is_not() {
        let read = |text: &str| directive(text).map(|known| (known.rewrite, known.user, known.trunk));
        let of = |rewrite, user: &str, trunk: Option<&str>| Some((rewrite, user.to_owned(), trunk.map(str::to_owned)));
        assert_eq!(read("rewrite-from=123"), of(Rewrite::From, "123", None));
        assert_eq!(read(" Rewrite-PAI = 456 "), of(Rewrite::Asserted, "456", None));
        assert_eq!(read("rewrite-rpi=+44789"), of(Rewrite::RemoteParty, "+44789", None));
        assert_eq!(read("rewrite-from=123;trunk-name:abc"), of(Rewrite::From, "123", Some("abc")));
        assert_eq!(read("rewrite-from=123;trunk-name=abc"), of(Rewrite::From, "123", Some("abc")));
        for nonsense in ["", "rewrite-from", "rewrite-from=", "rewrite-to=123", "rewrite-from=a b", "rewrite-from=1;x"]
        {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }
}
