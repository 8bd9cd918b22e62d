//! Encrypts a connection as far as its login asks for.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;

use super::connect_error::ConnectError;
use super::login::{ClientCertificate, Login, Tls};
use super::stream::Bytes;

/// Begins TLS on a stream.
///
/// # Errors
/// What the login gives is no certificate or key, or the server's certificate does not hold.
pub async fn encrypt(bytes: Box<dyn Bytes>, login: &Login) -> Result<Box<dyn Bytes>, ConnectError> {
    let name = ServerName::try_from(login.address.host.clone()).map_err(tls)?;
    let connector = TlsConnector::from(Arc::new(config(login)?));
    Ok(Box::new(connector.connect(name, bytes).await?))
}

fn tls(error: impl std::fmt::Display) -> ConnectError {
    ConnectError::Tls(error.to_string())
}

fn config(login: &Login) -> Result<ClientConfig, ConnectError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().map_err(tls)?.dangerous();
    let builder = builder.with_custom_certificate_verifier(verifier(login, provider)?);
    let Some(ClientCertificate { certificate, key }) = &login.client else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates(certificate).map_err(|_| tls("the client's certificate is not PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(key.reveal().as_bytes())
        .map_err(|_| tls("the client's private key is not PEM"))?;
    builder.with_client_auth_cert(chain, key).map_err(tls)
}

/// Returns what decides whether a server's certificate holds.
fn verifier(login: &Login, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, ConnectError> {
    // What is given as an authority has to be one, also where the mode asks for none.
    let own = login.ca.as_deref().map_or(Ok(Vec::new()), own_authorities)?;
    let algorithms = provider.signature_verification_algorithms;
    Ok(match login.tls {
        Tls::Disabled | Tls::Preferred | Tls::Required => Arc::new(AnyName { authorities: None, algorithms }),
        Tls::VerifyCa if own.is_empty() => {
            return Err(tls(
                "VerifyCA takes the certificate of an authority: without one, anybody's public certificate would do",
            ));
        }
        Tls::VerifyCa => Arc::new(AnyName { authorities: Some(authorities(own, provider)?), algorithms }),
        Tls::VerifyIdentity => authorities(own, provider)?,
    })
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect()
}

/// Reads the authorities of a login.
fn own_authorities(pem: &str) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    match certificates(pem) {
        Ok(authorities) if !authorities.is_empty() => Ok(authorities),
        _ => Err(tls("the authority's certificate is not PEM")),
    }
}

/// Returns a verifier that trusts the authorities of the login; where it names none, the public ones.
fn authorities(
    own: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, ConnectError> {
    let public = if own.is_empty() { webpki_roots::TLS_SERVER_ROOTS } else { &[] };
    let mut trusted = RootCertStore { roots: public.to_vec() };
    for certificate in own {
        trusted.add(certificate).map_err(tls)?;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(trusted), provider).build().map_err(tls)
}

/// Takes a certificate of a server that has its key, whatever host it names.
#[derive(Debug)]
struct AnyName {
    /// Who has to have signed it; without one, any certificate will do.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        match authorities.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::mysql::wire::{Address, Secret, User};

    const AUTHORITY: &str = include_str!("certificates/authority.crt");
    const ANOTHER_AUTHORITY: &str = include_str!("certificates/another-authority.crt");

    /// Is of `AUTHORITY`, for db.example.com, and holds for a year from `BEGINS` on.
    const SERVER: &str = include_str!("certificates/server.crt");

    /// In seconds since 1970.
    const BEGINS: u64 = 1_795_945_894;

    const DAY: u64 = 86_400;

    /// What a client is shown, and when.
    struct Shown {
        authority: Option<&'static str>,
        host: &'static str,
        at: u64,
    }

    fn is_taken(tls: Tls, shown: &Shown) -> bool {
        let login = Login {
            address: Address::new(shown.host, 3306),
            user: User::public("u"),
            password: Secret::new("p"),
            tls,
            ca: shown.authority.map(str::to_owned),
            client: None,
            connect_timeout: Duration::from_secs(1),
        };
        let Ok(verifier) = verifier(&login, Arc::new(rustls::crypto::ring::default_provider())) else { return false };
        let certificate = certificates(SERVER).unwrap().remove(0);
        let name = ServerName::try_from(shown.host).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(shown.at));
        verifier.verify_server_cert(&certificate, &[], &name, &[], now).is_ok()
    }

    #[test]
    fn each_mode_takes_what_it_says_and_no_other_certificate() {
        let (own, name) = (Some(AUTHORITY), "db.example.com");
        let cases = [
            ("genuine", Shown { authority: own, host: name, at: BEGINS + DAY }, [true, true, true]),
            ("expired", Shown { authority: own, host: name, at: BEGINS + 400 * DAY }, [true, false, false]),
            ("not yet valid", Shown { authority: own, host: name, at: BEGINS - DAY }, [true, false, false]),
            (
                "of another name",
                Shown { authority: own, host: "db.example.org", at: BEGINS + DAY },
                [true, true, false],
            ),
            ("of no name", Shown { authority: own, host: "10.0.0.1", at: BEGINS + DAY }, [true, true, false]),
            (
                "of another authority",
                Shown { authority: Some(ANOTHER_AUTHORITY), host: name, at: BEGINS + DAY },
                [true, false, false],
            ),
            ("of no public authority", Shown { authority: None, host: name, at: BEGINS + DAY }, [true, false, false]),
        ];
        for (case, shown, expected) in cases {
            let taken = [Tls::Required, Tls::VerifyCa, Tls::VerifyIdentity].map(|tls| is_taken(tls, &shown));
            assert_eq!(taken, expected, "{case}");
        }
    }
}
