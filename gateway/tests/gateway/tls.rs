//! TLS on both sides, and HTTP/2.

use std::process::Command;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};

use crate::client::{exchange, http2, send};
use crate::process::Gateway;
use crate::support::*;
use crate::upstream::{SENT, Upstream};

/// A certificate for `localhost`, and its key.
fn certificate(directory: &Directory) -> (String, String) {
    let (chain, key) = (directory.file("chain.pem"), directory.file("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"])
        .args(["-keyout", &key, "-out", &chain])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (chain, key)
}

#[test]
fn requests_go_through_tls_on_both_sides() {
    let directory = Directory::new();
    let (chain, key) = certificate(&directory);
    let upstream = Upstream::start();
    let arguments = ["--tls-certificate", &chain, "--tls-key", &key];
    let behind = Gateway::proxy(upstream.address, &arguments);
    let port = behind.address().port();
    let origin = format!("https://localhost:{port}");
    let front = |ca: &[&str]| {
        Gateway::start(&[&["--proxy", "127.0.0.1:0", "--upstream", &origin], ca].concat(), true)
    };
    let trusting = front(&["--upstream-ca", &chain]);
    assert_eq!(send(trusting.address(), "GET", &publish("hush"), &[]).text(), SENT);
    let [arrived] = &upstream.arrived()[..] else { panic!("one request is expected") };
    // The upstream's own name, unless the client's is forwarded.
    assert_eq!(arrived.header("host"), [format!("localhost:{port}")]);
    let keeping = front(&["--upstream-ca", &chain, "--upstream-host", "client"]);
    assert_eq!(send(keeping.address(), "GET", &publish("hush"), &[]).status, 200);
    assert_eq!(upstream.arrived()[0].header("host"), ["ps.pndsn.com"]);

    // An untrusted certificate, and one for another name.
    let untrusted = (502, "the certificate of the upstream is not trusted\n");
    let answer = send(front(&[]).address(), "GET", &publish("hush"), &[]);
    assert_eq!((answer.status, answer.text()), untrusted);
    let origin = format!("https://127.0.0.1:{port}");
    let arguments = ["--proxy", "127.0.0.1:0", "--upstream", &origin, "--upstream-ca", &chain];
    let misled = Gateway::start(&arguments, true);
    let answer = send(misled.address(), "GET", &publish("hush"), &[]);
    assert_eq!((answer.status, answer.text()), untrusted);
    // TLS to a server without TLS, and the other way round.
    let origin = format!("https://{}", upstream.address);
    let arguments = ["--proxy", "127.0.0.1:0", "--upstream", &origin, "--upstream-timeout", "2"];
    let misled = Gateway::start(&arguments, true);
    let status = send(misled.address(), "GET", &publish("hush"), &[]).status;
    assert!([502, 504].contains(&status), "{status}");
    let plain = Gateway::proxy(behind.address(), &[]);
    assert_eq!(send(plain.address(), "GET", &publish("hush"), &[]).status, 502);
    assert!(upstream.arrived().iter().all(|arrived| !arrived.first.contains("/publish/")));
}

#[test]
fn a_renewed_certificate_is_shown_without_a_restart() {
    let (old, new) = (Directory::new(), Directory::new());
    let (chain, key) = certificate(&old);
    let (renewed, its_key) = certificate(&new);
    let upstream = Upstream::start();
    let arguments = ["--tls-certificate", &chain, "--tls-key", &key, "--reload-interval", "0.05"];
    let behind = Gateway::proxy(upstream.address, &arguments);
    let origin = format!("https://localhost:{}", behind.address().port());
    let front = |ca: &str| {
        let arguments = ["--proxy", "127.0.0.1:0", "--upstream", &origin, "--upstream-ca", ca];
        Gateway::start(&arguments, true)
    };
    let old_chain = old.write("old.pem", &std::fs::read_to_string(&chain).unwrap());
    let (trusts_old, trusts_new) = (front(&old_chain), front(&renewed));
    let status = |front: &Gateway| send(front.address(), "GET", &publish("hush"), &[]).status;
    assert_eq!((status(&trusts_old), status(&trusts_new)), (200, 502));

    // Without its key, and as rubbish, it changes nothing.
    let reloads = |result: &str| {
        let labels = ["what=\"certificate\"", &format!("result=\"{result}\"")];
        behind.metric("pubnub_access_reloads_total", &labels)
    };
    old.write("chain.pem", &std::fs::read_to_string(&renewed).unwrap());
    eventually("a look at the chain", || reloads("failed") == 1);
    old.write("key.pem", "rubbish");
    eventually("a look at the key", || reloads("failed") == 2);
    assert!(behind.output().contains("certificate not reloaded; the old one stays"));
    assert_eq!(status(&front(&old_chain)), 200);
    old.write("key.pem", &std::fs::read_to_string(&its_key).unwrap());
    eventually("the certificate", || reloads("ok") == 1);
    assert_eq!(status(&trusts_new), 200);
    // The signal reads it again.
    behind.signal("HUP");
    eventually("another look", || reloads("ok") == 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_decided_and_forwarded_alike() {
    let upstream = Upstream::start();
    let gateway = Gateway::proxy(upstream.address, &[]);
    let mut sender = http2(gateway.address()).await;
    for (channel, status) in [("hush", 200), ("hush-elsewhere", 403), ("hush%2F%C3%BC%20b", 200)] {
        let request = http::Request::get(format!("http://hush.example{}", publish(channel)))
            .header("x-pubnub-access-operation", "time")
            .header("x_pubnub_access_operation", "time")
            .body(Empty::<Bytes>::new())
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), status, "{channel}");
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(text == SENT, status == 200);
    }
    let arrived = upstream.arrived();
    assert_eq!(arrived.len(), 2);
    for arrived in arrived {
        assert!(arrived.first.ends_with(" HTTP/1.1"), "{}", arrived.first);
        assert_eq!(arrived.header("host"), ["hush.example"]);
        assert_eq!(arrived.header("x-pubnub-access-operation"), ["publish"]);
        assert!(arrived.header("x_pubnub_access_operation").is_empty());
    }
    // An HTTP/1.1 connection to the same listener.
    let junk = exchange(gateway.address(), b"GET /time/0 HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(junk.status, 200);
}
