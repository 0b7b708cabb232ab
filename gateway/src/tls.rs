//! TLS on both sides: trusted authorities, and the certificate of the listener.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio_rustls::TlsAcceptor;

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|error| fail(&error))?.collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => Err(fail(&"no certificate in PEM")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(fail(&error)),
    }
}

/// Returns the configuration for the upstream, which trusts the authorities of a file or the public
/// ones.
pub fn client(authorities: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The certificate of the listener, which a reload replaces.
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    config: ArcSwap<ServerConfig>,
}

impl Certificate {
    pub fn load(chain: &Path, key: &Path) -> Result<Self, String> {
        let config = ArcSwap::from_pointee(server(chain, key)?);
        Ok(Certificate { chain: chain.to_owned(), key: key.to_owned(), config })
    }

    /// Reads the files again. If that fails, the old certificate stays.
    pub fn reload(&self) -> Result<(), String> {
        self.config.store(Arc::new(server(&self.chain, &self.key)?));
        Ok(())
    }

    pub fn files(&self) -> Vec<PathBuf> {
        vec![self.chain.clone(), self.key.clone()]
    }

    /// Returns the acceptor for the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }
}

/// Returns the configuration of the listener, which offers HTTP/2 and HTTP/1.1.
fn server(chain: &Path, key: &Path) -> Result<ServerConfig, String> {
    let private_key =
        PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(certificates(chain)?, private_key)
            .map_err(|error| format!("{}: {error}", chain.display()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
