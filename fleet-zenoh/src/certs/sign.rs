//! Making keys and certificates.

use std::net::IpAddr;
use std::time::Duration;

use fleet_core::UtcTime;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use time::OffsetDateTime;

use super::error::CertsError;
use super::index::Issued;

/// Certificates hold from so long before they are issued, for the sake of clocks that are behind.
const BACKDATED: Duration = Duration::from_secs(3_600);

/// What signs for an authority of this name.
pub(super) fn issuer(name: &str, fleet: &str, key: KeyPair) -> Issuer<'static, KeyPair> {
    Issuer::new(authority_params(name, fleet), key)
}

/// The certificate of an authority, signed by itself.
pub(super) fn authority(
    name: &str,
    fleet: &str,
    key: &KeyPair,
    now: UtcTime,
    until: UtcTime,
) -> Result<Certificate, CertsError> {
    let mut params = authority_params(name, fleet);
    params.not_before = calendar(now - BACKDATED);
    params.not_after = calendar(until);
    Ok(params.self_signed(key)?)
}

/// The certificate of a node or a person.
pub(super) fn node(
    issued: &Issued,
    fleet: &str,
    key: &KeyPair,
    issuer: &Issuer<'_, KeyPair>,
) -> Result<Certificate, CertsError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(&issued.identity.to_string(), fleet);
    params.serial_number = Some(SerialNumber::from(u64::from(issued.identity.serial())));
    params.not_before = calendar(issued.issued - BACKDATED);
    params.not_after = calendar(issued.expires);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // Nobody connects to what has no hosts.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    if !issued.hosts.is_empty() {
        params
            .extended_key_usages
            .push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    params.subject_alt_names = issued
        .hosts
        .iter()
        .map(|host| host_name(host))
        .collect::<Result<_, _>>()?;
    params.use_authority_key_identifier_extension = true;
    Ok(params.signed_by(key, issuer)?)
}

/// As a certificate names it: an address, or the name of a host.
fn host_name(host: &str) -> Result<SanType, CertsError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let fits = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(inner) && !label.starts_with('-')
    };
    // All digits and dots would be an address that is none.
    let is_name =
        host.len() <= 253 && host.split('.').all(fits) && host.contains(|c: char| !"0123456789.".contains(c));
    let name = host.try_into().ok().filter(|_| is_name);
    name.map(SanType::DnsName)
        .ok_or_else(|| CertsError::Host(host.to_owned()))
}

fn authority_params(name: &str, fleet: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name, fleet);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn named(common_name: &str, fleet: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, fleet);
    name.push(DnType::CommonName, common_name);
    name
}

/// To the second; the ends of time are those of certificates.
fn calendar(at: UtcTime) -> OffsetDateTime {
    let secs = at.as_micros().div_euclid(1_000_000);
    let bounded = secs.clamp(0, 253_402_300_799);
    OffsetDateTime::from_unix_timestamp(bounded).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
