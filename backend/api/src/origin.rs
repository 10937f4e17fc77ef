//! Whose page asks: the answer to CSRF, beside `SameSite=Strict` and JSON bodies.

use axum::http::{HeaderMap, header};

use crate::error::{Error, Result};

/// Refuses a request that another site's page made. Programs send no `Origin` and are let through: what they can send,
/// they can send without a browser.
pub(crate) fn check(headers: &HeaderMap, public_url: &str) -> Result<()> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
            None | Some(b"same-origin" | b"none") => Ok(()),
            Some(_) => Err(Error::ForeignOrigin),
        };
    };
    let origin = origin.to_str().map_err(|_| Error::ForeignOrigin)?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let of_host = origin.split_once("://").map(|(_, rest)| rest).zip(host).is_some_and(|(origin, host)| origin == host);
    if of_host || origin.eq_ignore_ascii_case(public_url.trim_end_matches('/')) {
        Ok(())
    } else {
        Err(Error::ForeignOrigin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check(&headers, "https://pbx.example/").is_ok()
    }

    #[test]
    fn s12_only_the_own_origin_is_taken() {
        assert!(taken(&[]));
        assert!(taken(&[("host", "10.0.0.1:8080"), ("origin", "http://10.0.0.1:8080")]));
        assert!(taken(&[("host", "inner:8080"), ("origin", "https://pbx.example")]), "behind a proxy");
        assert!(!taken(&[("host", "10.0.0.1:8080"), ("origin", "http://10.0.0.1:9090")]));
        assert!(!taken(&[("host", "pbx.example"), ("origin", "https://pbx.example.evil.test")]));
        assert!(!taken(&[("host", "pbx.example"), ("origin", "null")]));
        assert!(!taken(&[("origin", "http://evil.test")]));
        assert!(!taken(&[("sec-fetch-site", "cross-site")]));
        assert!(taken(&[("sec-fetch-site", "same-origin")]));
    }
}
