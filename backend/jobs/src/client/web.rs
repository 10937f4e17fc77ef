//! Questions to people's own servers over HTTP (IVR-16…IVR-23): one request, no redirects, a small answer, and nothing that lies inside
//! of the provider's network unless the provider wants that.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use shared::action_url::ANSWER_BYTES_MAX;
use shared::network::is_public;
use tokio::time::timeout;

use super::smtp::Lookup;

/// A question.
#[derive(Clone, PartialEq, Eq)]
pub struct WebQuestion {
    /// The address: `http` or `https`.
    pub url: String,
    /// JSON for a POST; none for a GET.
    pub body: Option<String>,
    /// The user of HTTP Basic authentication; empty without.
    pub user: String,
    /// Its password.
    pub password: String,
    /// How long the connection may take, the name included.
    pub connect: Duration,
    /// How long the answer may take then.
    pub answer: Duration,
    /// May the server be in the provider's own network?
    pub private: bool,
}

impl std::fmt::Debug for WebQuestion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebQuestion")
    }
}

/// Asks; the HTTP status and the body, or a few words on why there is none. `own` are this server's addresses, `lookup` finds those of
/// a name.
pub async fn ask(question: &WebQuestion, own: &[IpAddr], lookup: &Lookup) -> Result<(u16, Vec<u8>), String> {
    let url = Url::parse(&question.url).map_err(|_| "the address cannot be read".to_owned())?;
    let host = url.host_str().ok_or("the address names no server")?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let found = timeout(question.connect, addresses(lookup, &host, port)).await;
    let found = found.map_err(|_| "the name was not found in time".to_owned())??;
    // What was looked at is what is connected to: a name that changes in between leads nowhere else.
    let inside = |address: &SocketAddr| {
        !question.private && (!is_public(address.ip()) || own.contains(&address.ip().to_canonical()))
    };
    if found.iter().any(inside) {
        return Err("the address lies inside the provider's network".into());
    }
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(question.connect)
        .timeout(question.connect + question.answer)
        .resolve_to_addrs(&host, &found)
        .build()
        .map_err(|_| "no connection can be made".to_owned())?;
    let method = if question.body.is_some() { Method::POST } else { Method::GET };
    let mut request = client.request(method, url);
    if !question.user.is_empty() {
        request = request.basic_auth(&question.user, Some(&question.password));
    }
    if let Some(body) = &question.body {
        request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body.clone());
    }
    let mut response = request.send().await.map_err(|error| words(&error))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| words(&error))? {
        if body.len() + piece.len() > ANSWER_BYTES_MAX {
            return Err("the answer is too long".into());
        }
        body.extend_from_slice(&piece);
    }
    Ok((status, body))
}

async fn addresses(lookup: &Lookup, host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    if let Ok(address) = host.parse() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = lookup(host.to_owned(), port).await.unwrap_or_default();
    if found.is_empty() { Err("the name leads nowhere".to_owned()) } else { Ok(found) }
}

fn words(error: &reqwest::Error) -> String {
    match () {
        () if error.is_timeout() => "no answer in time",
        () if error.is_connect() => "no connection",
        () => "the answer broke off",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that says this to whoever connects, or nothing at all; what it was told.
    async fn server(says: Option<Vec<u8>>) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, told) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4_096];
                let length = stream.read(&mut request).await.unwrap_or(0);
                let _ = tell.send(String::from_utf8_lossy(&request[..length]).into_owned());
                match &says {
                    Some(says) => drop(stream.write_all(says).await),
                    None => std::future::pending().await,
                }
            }
        });
        (format!("http://{address}/route?x=1"), told)
    }

    async fn asked(question: &WebQuestion, own: &[IpAddr]) -> Result<(u16, Vec<u8>), String> {
        let lookup: Lookup =
            Arc::new(|host, port| Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) }));
        ask(question, own, &lookup).await
    }

    fn question(url: &str) -> WebQuestion {
        // The first client of a process reads the machine's certificates, which takes a moment.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (connect, answer) = (Duration::from_secs(10), Duration::from_millis(1_500));
        let (user, password) = (String::new(), String::new());
        WebQuestion { url: url.into(), body: None, user, password, connect, answer, private: true }
    }

    fn http(head: &str, body: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        Some(bytes)
    }

    // covers: IVR-19, IVR-20, IVR-21
    #[tokio::test]
    async fn ivr_21_a_question_is_a_get_or_a_post_with_basic_authentication() {
        let (url, mut told) = server(http("200 OK", b"{}")).await;
        assert_eq!(asked(&question(&url), &[]).await, Ok((200, b"{}".to_vec())));
        let get = told.recv().await.unwrap();
        assert!(get.starts_with("GET /route?x=1 HTTP/1.1\r\n") && !get.contains("authorization"), "{get}");
        let post = WebQuestion {
            body: Some(r#"{"from":"101"}"#.into()),
            user: "app".into(),
            password: "sesame".into(),
            ..question(&url)
        };
        assert_eq!(asked(&post, &[]).await, Ok((200, b"{}".to_vec())));
        let post = told.recv().await.unwrap().to_ascii_lowercase();
        assert!(post.starts_with("post /route?x=1 http/1.1\r\n"), "{post}");
        assert!(post.contains("content-type: application/json\r\n") && post.ends_with(r#"{"from":"101"}"#));
        assert!(post.contains("authorization: basic yxbwonnlc2ftzq==\r\n"), "{post}");
    }

    // covers: IVR-22
    #[tokio::test]
    async fn ivr_22_whatever_the_server_does_there_is_an_end_and_a_word_for_it() {
        let long = vec![b' '; 10 << 20];
        for (says, expected) in [
            (http("302 Found\r\nLocation: http://127.0.0.1:1/", b""), Ok((302, Vec::new()))),
            (http("500 Oops", b"no"), Ok((500, b"no".to_vec()))),
            (http("200 OK", &long), Err("the answer is too long")),
            (Some(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_vec()), Err("the answer broke off")),
            (Some(b"\x00\xff nonsense\r\n\r\n".to_vec()), Err("the answer broke off")),
            (None, Err("no answer in time")),
        ] {
            let (url, _told) = server(says).await;
            let mut question = question(&url);
            question.connect = Duration::from_millis(1_500);
            assert_eq!(asked(&question, &[]).await, expected.map_err(str::to_owned));
        }
        assert_eq!(asked(&question("http://127.0.0.1:1/"), &[]).await, Err("no connection".into()));
        assert_eq!(asked(&question("http://nobody.invalid/"), &[]).await, Err("the name leads nowhere".into()));
    }

    // covers: IVR-22, S9
    #[tokio::test]
    async fn s9_no_address_inside_the_providers_network_is_asked() {
        let (url, mut told) = server(http("200 OK", b"{}")).await;
        let port = Url::parse(&url).unwrap().port().unwrap();
        for host in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "127.1",
            "2130706433",
            "0x7f000001",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "[fe80::1]",
            "[fd00::1]",
            "[2002:7f00:1::]",
        ] {
            let closed = WebQuestion { private: false, ..question(&format!("http://{host}:{port}/")) };
            let refused = asked(&closed, &[]).await;
            assert_eq!(refused, Err("the address lies inside the provider's network".into()), "{host}");
        }
        let own = "203.0.113.7".parse().unwrap();
        let closed = WebQuestion { private: false, ..question("http://203.0.113.7/") };
        assert!(asked(&closed, &[own]).await.unwrap_err().contains("inside"), "this server itself");
        assert!(told.try_recv().is_err(), "nobody was connected to");
    }
}
