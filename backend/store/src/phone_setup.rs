//! What a phone that fetches its configuration is told (PH-07, PH-13): found by the folder of its link or by its MAC address, and read anew
//! at each fetch.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use shared::feature_code::FeatureCodes;
use shared::phone::{MacAddress, Phone};
use shared::phone_key::PhoneKey;
use shared::{ExtensionId, Moment};

use crate::entity::{extension, phone};
use crate::phone::noun;
use crate::secret::{hash, sip_place, web_password_place};
use crate::text::outside;
use crate::{Result, Store};

/// A fetch is noted no sooner than so long after the last: a phone fetches several files, one after the other.
const NOTE_PAUSE: Duration = Duration::from_secs(60);

/// What a phone is told, its secrets open.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneSetup {
    /// The extension's number.
    pub number: String,
    /// The person's name.
    pub name: String,
    /// The SIP secret.
    pub secret: String,
    /// The password of the phone's own pages.
    pub web_password: String,
    /// The tenant's SIP domain.
    pub domain: String,
    /// The time zone, the phone's own or the tenant's.
    pub time_zone: String,
    /// The tenant's feature codes.
    pub codes: FeatureCodes,
    /// The keys, each with what stands beside it.
    pub keys: Vec<(PhoneKey, String)>,
}

impl std::fmt::Debug for PhoneSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PhoneSetup").field("number", &self.number).field("domain", &self.domain).finish_non_exhaustive()
    }
}

impl Store {
    /// The phone whose link has this folder.
    pub async fn phone_in_folder(&self, folder: &str) -> Result<Option<Phone>> {
        let of = phone::Column::FolderHash.eq(hash(folder));
        phone::Entity::find().filter(of).one(&self.inner.db).await?.map(noun).transpose()
    }

    /// The phone that has this MAC address, whosever it is; of none, none, and as late.
    pub async fn phone_at(&self, mac: Option<&MacAddress>) -> Result<Option<Phone>> {
        let of = phone::Column::Mac.eq(mac.map(MacAddress::digits).unwrap_or_default());
        phone::Entity::find().filter(of).one(&self.inner.db).await?.map(noun).transpose()
    }

    /// What a phone is told; none while its tenant is suspended or its extension switched off (T-07, EXT-12).
    pub async fn phone_setup(&self, of: &Phone) -> Result<Option<PhoneSetup>> {
        let view = self.tenant(of.tenant_id);
        let tenant = view.get_own_tenant().await?;
        let person = view.find_id::<extension::Entity>(of.extension_id.0).one(&self.inner.db).await?;
        let row = view.find_id::<phone::Entity>(of.id.0).one(&self.inner.db).await?;
        let Some((person, row)) = person.zip(row).filter(|(person, _)| person.enabled && tenant.enabled) else {
            return Ok(None);
        };
        let own = ExtensionId(person.id);
        let kept = view.kept_keys(&self.inner.db, own).await?;
        let zone = &of.settings.time_zone;
        Ok(Some(PhoneSetup {
            secret: self.inner.keys.open(&sip_place(of.tenant_id, own), &person.sip_secret)?,
            web_password: self.inner.keys.open(&web_password_place(of.tenant_id, of.id), &row.web_password)?,
            number: person.number,
            name: person.name,
            domain: tenant.domain,
            time_zone: if zone.is_empty() { tenant.time_zone } else { zone.clone() },
            codes: view.feature_codes().await?,
            keys: view.labelled_keys(&self.inner.db, kept).await?,
        }))
    }

    /// Notes that a phone has fetched its configuration, from where, and by which firmware where it has named one; once a minute at most.
    pub async fn note_phone_fetch(&self, now: Moment, of: &Phone, from: &str, firmware: Option<&str>) -> Result<()> {
        if of.fetched_at.is_some_and(|last| last > now - NOTE_PAUSE) {
            return Ok(());
        }
        let tx = self.write().await?;
        let due = Condition::any()
            .add(phone::Column::FetchedAt.is_null())
            .add(phone::Column::FetchedAt.lte((now - NOTE_PAUSE).0));
        let mut update = self
            .tenant(of.tenant_id)
            .update_id::<phone::Entity>(of.id.0)
            .filter(due)
            .col_expr(phone::Column::FetchedAt, Expr::value(now.0))
            .col_expr(phone::Column::FetchedFrom, Expr::value(outside(from)));
        if let Some(firmware) = firmware {
            update = update.col_expr(phone::Column::Firmware, Expr::value(outside(firmware)));
        }
        update.exec(&*tx).await?;
        tx.commit().await
    }
}
