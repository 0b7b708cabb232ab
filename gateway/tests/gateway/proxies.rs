//! The real proxies, each with its configuration of `configs/`.
//!
//! The tests search for them in the directories of `PUBNUB_ACCESS_PROXIES` and `PATH`. A missing
//! proxy fails the tests, unless `PUBNUB_ACCESS_WITHOUT` names it, as in `envoy,traefik`.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::send;
use crate::process::Gateway;
use crate::upstream::Upstream;

/// The file of a proxy's output.
const OUTPUT: &str = "output";

/// A way from a client to the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The gateway's own reverse proxy.
    Gateway,
    Nginx,
    Caddy,
    Haproxy,
    EnvoyHttp,
    EnvoyGrpc,
    Traefik,
}

impl Way {
    pub const ALL: [Way; 7] = [
        Way::Gateway,
        Way::Nginx,
        Way::Caddy,
        Way::Haproxy,
        Way::EnvoyHttp,
        Way::EnvoyGrpc,
        Way::Traefik,
    ];

    /// The program, and the files of its configuration.
    fn program(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Way::Gateway => ("", &[]),
            Way::Nginx => ("nginx", &["nginx.conf"]),
            Way::Caddy => ("caddy", &["Caddyfile"]),
            Way::Haproxy => ("haproxy", &["haproxy.cfg", "pubnub-access.lua"]),
            Way::EnvoyHttp => ("envoy", &["envoy-http.yaml"]),
            Way::EnvoyGrpc => ("envoy", &["envoy-grpc.yaml"]),
            Way::Traefik => ("traefik", &["traefik-dynamic.yml"]),
        }
    }

    /// Reports whether the proxy sends bodies along.
    pub fn sees_body(self) -> bool {
        !matches!(self, Way::Nginx | Way::Caddy)
    }

    /// Returns the ways whose programs are installed.
    pub fn all() -> impl Iterator<Item = Way> {
        let without = std::env::var("PUBNUB_ACCESS_WITHOUT").unwrap_or_default();
        Way::ALL.into_iter().filter(move |way| {
            let skipped =
                without.split(',').any(|name| !name.is_empty() && name == way.program().0);
            if skipped {
                println!("{way:?} is left out, as PUBNUB_ACCESS_WITHOUT says");
            }
            !skipped
        })
    }

    fn arguments(self) -> Vec<&'static str> {
        match self {
            Way::Gateway => vec![],
            Way::Nginx => vec!["-p", ".", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"],
            Way::Caddy => vec!["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
            Way::Haproxy => vec!["-db", "-f", "haproxy.cfg"],
            Way::EnvoyHttp => {
                vec![
                    "-c",
                    "envoy-http.yaml",
                    "--concurrency",
                    "1",
                    "-l",
                    "error",
                    "--use-dynamic-base-id",
                ]
            }
            Way::EnvoyGrpc => {
                vec![
                    "-c",
                    "envoy-grpc.yaml",
                    "--concurrency",
                    "1",
                    "-l",
                    "error",
                    "--use-dynamic-base-id",
                ]
            }
            // The arguments of the configuration's comment.
            Way::Traefik => vec!["--providers.file.filename=traefik-dynamic.yml"],
        }
    }
}

/// The running programs between a client and the upstream.
pub struct Chain {
    pub way: Way,
    pub gateway: Gateway,
    pub upstream: Upstream,
    pub address: SocketAddr,
    process: Option<Child>,
    directory: PathBuf,
}

impl Chain {
    /// Starts the gateway, and the proxy in front of it.
    pub fn start(way: Way, arguments: &[&str]) -> Self {
        let upstream = Upstream::start();
        let directory = std::env::temp_dir().join(format!(
            "pubnub-access-{way:?}-{}-{:?}",
            std::process::id(),
            thread::current().id()
        ));
        std::fs::create_dir_all(&directory).unwrap();
        if way == Way::Gateway {
            let gateway = Gateway::proxy(upstream.address, arguments);
            let address = gateway.address();
            return Chain { way, gateway, upstream, address, process: None, directory };
        }
        let gateway = Gateway::auth(arguments);
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let ports = [
            ("8080", address.port()),
            ("8081", gateway.auth.port()),
            ("8090", upstream.address.port()),
        ];
        let (program, files) = way.program();
        let mut traefik = Vec::new();
        for file in files {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(file);
            let mut text = std::fs::read_to_string(path).unwrap();
            for (default, port) in ports {
                assert!(
                    text.contains(default)
                        || *file == "pubnub-access.lua"
                        || *file == "haproxy.cfg"
                );
                text = text.replace(default, &port.to_string());
            }
            if way == Way::Traefik {
                let arguments = text.lines().take_while(|line| line.starts_with('#'));
                traefik.extend(
                    arguments
                        .flat_map(str::split_whitespace)
                        .filter(|word| word.starts_with("--entryPoints"))
                        .map(str::to_owned),
                );
            }
            std::fs::write(directory.join(file), text).unwrap();
        }
        let process = Command::new(find(program))
            .args(way.arguments())
            .args(traefik)
            .current_dir(&directory)
            .env("XDG_DATA_HOME", &directory)
            .env("XDG_CONFIG_HOME", &directory)
            .stdin(Stdio::null())
            .stdout(File::create(directory.join(OUTPUT)).unwrap())
            .stderr(File::options().append(true).open(directory.join(OUTPUT)).unwrap())
            .spawn()
            .unwrap();
        let mut chain =
            Chain { way, gateway, upstream, address, process: Some(process), directory };
        chain.wait();
        chain
    }

    /// Waits until the proxy takes connections.
    fn wait(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
            assert_eq!(ended, None, "{:?} ended", self.way);
            assert!(start.elapsed() < Duration::from_secs(30), "{:?} does not listen", self.way);
            thread::sleep(Duration::from_millis(20));
        }
        // Traefik listens before it knows its routes.
        while send(self.address, "GET", "/time/0", &[]).status == 404 {
            assert!(start.elapsed() < Duration::from_secs(30), "{:?} has no route", self.way);
            thread::sleep(Duration::from_millis(50));
        }
        self.upstream.arrived();
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // A proxy that is killed would leave its workers behind.
            let id = process.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &id]).status();
            let _ = process.wait();
            let output = std::fs::read(self.directory.join(OUTPUT)).unwrap_or_default();
            let output = String::from_utf8_lossy(&output);
            if thread::panicking() {
                eprintln!("{:?}: {output}", self.way);
            } else {
                let line = output.lines().find(|line| line.contains("hush"));
                assert_eq!(line, None, "{:?} printed what a request holds", self.way);
            }
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn find(program: &str) -> PathBuf {
    let more = std::env::var("PUBNUB_ACCESS_PROXIES").unwrap_or_default();
    let path = std::env::var("PATH").unwrap_or_default();
    let found = std::env::split_paths(&more)
        .chain(std::env::split_paths(&path))
        .chain(["/usr/sbin".into()])
        .map(|directory| directory.join(program))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("{program} is missing: install it, or name it in PUBNUB_ACCESS_WITHOUT")
    })
}
