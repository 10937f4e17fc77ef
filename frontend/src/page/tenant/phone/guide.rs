//! How a phone is given its link by hand, and how it is set back to how it was delivered (PH-04, PH-06, PH-14).

use leptos::prelude::*;
use shared::phone_model::PhoneVendor;

use crate::ui::dialog::Dialog;
use crate::ui::field::Select;

/// What to do at phones of a vendor.
pub struct Guide {
    /// Where the link is entered.
    enter: &'static str,
    /// How it forgets all that it was told.
    reset: &'static str,
}

/// The guide of a vendor. Menus differ a little between models and firmwares.
pub const fn guide(vendor: PhoneVendor) -> Guide {
    match vendor {
        PhoneVendor::Yealink => Guide {
            enter: "On the phone's own page: Settings › Auto Provision. Enter the folder as Server URL, then press Auto Provision Now.",
            reset: "While nothing is going on, hold the OK key for ten seconds and confirm.",
        },
        PhoneVendor::Fanvil => Guide {
            enter: "On the phone's own page: System › Auto Provision › Static Provisioning Server. Enter the folder as Server Address, choose HTTP or HTTPS as it begins, and let it update after a reboot.",
            reset: "Menu › Advanced Settings (password as delivered: 123) › Factory Reset.",
        },
        PhoneVendor::Htek => Guide {
            enter: "On the phone's own page: Management › Auto Provision. Enter the folder as Config Server Path, without http:// or https:// in front, choose the protocol beside it, and restart.",
            reset: "While nothing is going on, hold the OK key for ten seconds and confirm.",
        },
        PhoneVendor::Snom => Guide {
            enter: "On the phone's own page: Advanced › Update. Enter the file as Setting URL, then restart.",
            reset: "Settings › Maintenance › Reset Values, in administrator mode (password as delivered: 0000).",
        },
        PhoneVendor::Grandstream => Guide {
            enter: "On the phone's own page: Maintenance › Upgrade and Provisioning. Enter the folder as Config Server Path, without http:// or https:// in front, choose the protocol beside it, and restart.",
            reset: "Menu › System › Operations › Factory Reset.",
        },
        PhoneVendor::Gigaset => Guide {
            enter: "On the phone's own page: Settings › System › Provisioning and Configuration. Enter the file as provisioning server, then start the update.",
            reset: "Desk phones: Settings › System › Reset (PIN as delivered: 123456). Base stations: take the power away, hold the key at the front, give the power back, and hold the key for another ten seconds.",
        },
        PhoneVendor::Panasonic => Guide {
            enter: "On the phone's own page: Maintenance › Provisioning Maintenance. Enter the file as Standard File URL, then restart.",
            reset: "On the phone's own page: Maintenance › Reset to Defaults. The network settings alone: Menu, then # 1 3 6 and Enter.",
        },
        PhoneVendor::Cisco => Guide {
            enter: "Give the phone this server by DHCP option 66 (or option 150), and let it fetch its files without the folder of its link. The 7940 and 7960 ask by TFTP alone: a TFTP server in your network has to hand on what the link gives.",
            reset: "Take the power away, hold # while giving it back until the line keys blink one after the other, then press 1 2 3 4 5 6 7 8 9 * 0 #.",
        },
        PhoneVendor::CiscoSpa => Guide {
            enter: "On the phone's own page, in Admin Login and advanced view: Voice › Provisioning. Enter the file as Profile Rule, then submit all changes.",
            reset: "Setup key › Factory Reset, and confirm. The 501G, which has no display: Setup key, then 73738# and 1.",
        },
        PhoneVendor::Polycom => Guide {
            enter: "Menu › Settings › Advanced (password as delivered: 456) › Administration Settings › Network Configuration › Provisioning Server. Choose HTTP and enter the folder without http:// in front.",
            reset: "Menu › Settings › Advanced (password as delivered: 456) › Administration Settings › Reset to Defaults. SoundPoint, without the menu: hold 4, 6, 8 and * together while nothing is going on; SoundStation: 6, 8 and *.",
        },
        PhoneVendor::Aastra => Guide {
            enter: "On the phone's own page: Advanced Settings › Configuration Server. Choose HTTP as download protocol, enter host and path of the folder, then restart.",
            reset: "Options › Administrator Menu (password as delivered: 22222) › Factory Default.",
        },
    }
}

/// What has to be done before with phones of the older vendors; none where nothing has to be (PH-06).
pub const fn legacy(vendor: PhoneVendor) -> Option<&'static str> {
    match vendor.is_legacy() {
        true => Some(
            "Phones of this vendor read their configuration inside of your own network only, and most of them without TLS. Load a firmware that is known to work, set the phone back to how it was delivered, switch on that it fetches its files without TLS, and give it the link by hand or by DHCP option 66.",
        ),
        false => None,
    }
}

/// What to do at phones of the vendor.
#[component]
pub fn GuideView(vendor: PhoneVendor) -> impl IntoView {
    let Guide { enter, reset } = guide(vendor);
    let before = legacy(vendor)
        .map(|text| view! { <div><dt class="label">"Before"</dt><dd class="text-soft">{text}</dd></div> });
    view! {
        <dl class="grid gap-3" data-testid="guide">
            {before}
            <div><dt class="label">"How to enter the link"</dt><dd class="text-soft">{enter}</dd></div>
            <div><dt class="label">"How to set the phone back to how it was delivered"</dt><dd class="text-soft">{reset}</dd></div>
        </dl>
    }
}

/// The guides of all vendors, one at a time.
#[component]
pub fn GuideDialog(open: RwSignal<bool>) -> impl IntoView {
    let chosen = RwSignal::new(vendor_key(PhoneVendor::Yealink));
    view! {
        <Dialog open title="Help by vendor">
            <div class="grid gap-4">
                <Select name="help_vendor" label="Vendor" value=chosen options=vendor_options() />
                {move || vendor_of(&chosen.get()).map(|vendor| view! { <GuideView vendor /> })}
                <p class="hint">"Menus differ a little from model to model. Whoever asks for passwords that are not those of delivery was set up by somebody before."</p>
            </div>
        </Dialog>
    }
}

/// The key by which a vendor is chosen.
pub fn vendor_key(vendor: PhoneVendor) -> String {
    vendor.word().to_lowercase().replace(' ', "_")
}

/// The vendor of a key.
pub fn vendor_of(key: &str) -> Option<PhoneVendor> {
    PhoneVendor::ALL.into_iter().find(|vendor| vendor_key(*vendor) == key)
}

/// All vendors, to be chosen from.
pub fn vendor_options() -> Vec<(String, String)> {
    PhoneVendor::ALL.map(|vendor| (vendor_key(vendor), vendor.word().to_owned())).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: PH-14
    #[test]
    fn ph_14_each_vendor_has_a_guide_of_its_own() {
        for vendor in PhoneVendor::ALL {
            let Guide { enter, reset } = guide(vendor);
            assert!(enter.len() > 40 && reset.len() > 20, "{vendor:?}");
            assert_eq!(vendor_of(&vendor_key(vendor)), Some(vendor));
        }
        for model in ["SoundPoint", "SoundStation"] {
            assert!(guide(PhoneVendor::Polycom).reset.contains(model));
        }
    }

    // covers: PH-06
    #[test]
    fn ph_06_the_older_vendors_are_told_of_and_no_others() {
        let told: Vec<PhoneVendor> = PhoneVendor::ALL.into_iter().filter(|vendor| legacy(*vendor).is_some()).collect();
        assert_eq!(told, [PhoneVendor::Cisco, PhoneVendor::CiscoSpa, PhoneVendor::Polycom, PhoneVendor::Aastra]);
    }

    #[test]
    fn a_vendor_is_chosen_by_the_word_that_the_api_has_for_it() {
        for vendor in PhoneVendor::ALL {
            assert_eq!(serde_json::to_value(vendor).unwrap(), vendor_key(vendor));
        }
    }
}
