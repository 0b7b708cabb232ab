//! `pubnub-access-gateway`: checks PubNub Access Manager tokens in front of PubNub.
//!
//! Every entry point (`proxy`, `subrequest`, `envoy_grpc`) asks the one `rules::Decider`. `reload`
//! replaces settings and the deny list while requests are served.

mod activity;
mod addresses;
mod body;
mod deny_list;
mod envoy_grpc;
mod files;
mod headers;
mod log;
mod memory;
mod metrics;
mod notes;
mod observe;
mod operate;
mod options;
mod proxy;
mod reload;
mod rules;
mod server;
mod settings;
mod signals;
mod strangers;
mod subrequest;
mod tls;
mod upstream;
mod values;
mod via;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use axum::body::Body;
use axum::response::IntoResponse;
use clap::Parser;
use http::{Request, StatusCode};
use hyper::body::Incoming;
use pubnub_access::revocation::RevocationList;
use tokio::net::TcpListener;
use tower::ServiceExt;

use addresses::Addresses;
use body::Watched;
use deny_list::DenyListFiles;
use log::Log;
use memory::BodyMemory;
use metrics::Metrics;
use notes::Notes;
use observe::Observer;
use options::{Arguments, Options};
use proxy::Proxy;
use reload::{Files, Reloader};
use rules::{Decider, Rules};
use server::Server;
use settings::{DecisionSettings, ProxySettings, Settings};
use signals::Signals;
use subrequest::AuthService;
use tls::Certificate;
use upstream::Upstream;
use values::FailureMode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let checked = match reload::check(&arguments) {
        Ok(checked) => checked,
        Err(problems) => return report(&problems),
    };
    // A gateway that may fail open starts without a list that it cannot read.
    let open = checked.options.failure_mode == Some(FailureMode::Open) && !arguments.check_config;
    if !checked.deny_list_problems.is_empty() && !open {
        return report(&checked.deny_list_problems);
    }
    if arguments.check_config {
        say("the configuration is valid");
        return ExitCode::SUCCESS;
    }
    let result = tokio::runtime::Runtime::new()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(run(arguments, checked.options, checked.settings)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => report(&[problem]),
    }
}

/// Prints the reasons why the gateway does not run.
fn report(problems: &[String]) -> ExitCode {
    let mut err = std::io::stderr();
    for problem in problems {
        let _ = writeln!(err, "pubnub-access-gateway: {problem}");
    }
    ExitCode::from(2)
}

/// Writes a line to standard output, which has only the addresses of the listeners. If writing
/// fails, the gateway serves all the same.
fn say(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

async fn run(arguments: Arguments, options: Options, settings: Settings) -> Result<(), String> {
    let metrics = Metrics::new();
    log::start(settings.log, &metrics);
    let log = Log::new(settings.log, metrics.clone());
    files::allow(&settings);
    let signals = Signals::listen().map_err(|error| error.to_string())?;
    let decision_settings = DecisionSettings::new(&options);
    let (files, list) = deny_list(&settings, &metrics);
    let rules = Rules { settings: decision_settings, deny_list: Arc::new(list) };
    let decider = Arc::new(Decider::new(rules, metrics.clone(), log.clone()));

    let memory = BodyMemory::new(settings.limits.body_memory, metrics.body_bytes().clone());

    let tls = settings.proxy.as_ref().and_then(|proxy| proxy.tls.as_ref());
    let certificate = tls.map(|(chain, key)| Certificate::load(chain, key)).transpose()?;
    let certificate = certificate.map(Arc::new);

    let auth = server("auth", settings.listen, &settings, &metrics, &log).await?;
    let proxy = match &settings.proxy {
        Some(proxy) => {
            let mut server = server("proxy", proxy.listen, &settings, &metrics, &log).await?;
            server.tls = certificate.clone();
            server.addresses =
                proxy.connections_per_address.map(|limit| Arc::new(Addresses::new(limit)));
            Some((server, reverse_proxy(&arguments, proxy, &settings, &decider, &memory)?))
        }
        None => None,
    };
    if let Ok(address) = auth.listener.local_addr() {
        say(&format!("auth service on http://{address}"));
    }
    if let Some((server, _)) = &proxy {
        let scheme = if server.tls.is_some() { "https" } else { "http" };
        if let Ok(address) = server.listener.local_addr() {
            say(&format!("reverse proxy on {scheme}://{address}"));
        }
    }

    tokio::spawn(log.report_suppressed());
    let reloader = Reloader {
        decider: Arc::clone(&decider),
        deny_list: files,
        certificate_files: Files::new(certificate.as_ref().map_or(vec![], |one| one.files())),
        certificate,
        config_files: Files::new(arguments.config.clone().into_iter().collect()),
        config: arguments.config,
        given: arguments.options,
        loaded: options,
        interval: settings.reload_interval,
        asked: Arc::clone(&signals.reload),
    };
    tokio::spawn(reloader.run());

    let limits = settings.limits;
    let router = operate::router(metrics.clone(), signals.stopped.clone())
        .merge(envoy_grpc::router(Arc::clone(&decider)))
        .merge(subrequest::router(AuthService {
            decider,
            memory,
            body_timeout: limits.body_timeout,
        }));
    let answer = move |request: Request<Incoming>| {
        let (router, metrics) = (router.clone(), metrics.clone());
        async move {
            if headers::head_is_too_long(&request, limits.head) {
                let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                metrics.failed("auth", status);
                return Ok(status.into_response());
            }
            let watched = |body| Watched::request(body, limits.body, limits.body_timeout);
            router.oneshot(request.map(|body| Body::new(watched(body)))).await
        }
    };
    let serve_auth = auth.serve(answer, signals.stopped.clone());
    let serve_proxy = async {
        if let Some((server, proxy)) = proxy {
            let answer = move |request| Arc::clone(&proxy).serve(request);
            server.serve(answer, signals.stopped.clone()).await;
        }
    };
    tokio::join!(serve_auth, serve_proxy);
    Ok(())
}

/// Reads the deny list at the start.
fn deny_list(settings: &Settings, metrics: &Metrics) -> (Option<DenyListFiles>, RevocationList) {
    let mut files = settings.deny_list.clone().map(DenyListFiles::new);
    let mut list = RevocationList::new();
    if let Some(files) = &mut files {
        let refresh = files.refresh();
        for problem in &refresh.problems {
            tracing::error!("deny list: {problem}");
        }
        list = refresh.list.unwrap_or_default();
        metrics.reloaded("deny_list", refresh.problems.is_empty());
        metrics.deny_list_seen(files.is_broken());
    }
    (files, list)
}

async fn server(
    name: &'static str,
    address: std::net::SocketAddr,
    settings: &Settings,
    metrics: &Metrics,
    log: &Log,
) -> Result<Server, String> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    Ok(Server {
        name,
        listener,
        tls: None,
        limits: settings.limits,
        addresses: None,
        shutdown_timeout: settings.shutdown_timeout,
        metrics: metrics.clone(),
        log: log.clone(),
    })
}

fn reverse_proxy(
    arguments: &Arguments,
    proxy: &ProxySettings,
    settings: &Settings,
    decider: &Arc<Decider>,
    memory: &BodyMemory,
) -> Result<Arc<Proxy>, String> {
    let notes = match &proxy.learn {
        Some(learn) => {
            let notes = Notes::open(learn, decider.metrics.clone(), decider.log.clone())
                .map_err(|error| format!("cannot open {}: {error}", learn.file.display()))?;
            Some((notes, learn.rate))
        }
        None => None,
    };
    Ok(Arc::new(Proxy {
        decider: Arc::clone(decider),
        upstream: Upstream::new(proxy)?,
        memory: memory.clone(),
        observer: Observer::new(decider.metrics.clone(), notes),
        limits: settings.limits,
        unchecked: arguments.no_check,
    }))
}
