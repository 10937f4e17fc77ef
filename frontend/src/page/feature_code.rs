//! What is said of feature codes, to those who set them and to those who dial them (DIAL-01).

use shared::feature_code::{FeatureCodes, Service};

/// What a service does, with its code as it is dialled.
pub fn does(codes: &FeatureCodes, service: Service) -> String {
    let code = codes.code(service);
    match service {
        Service::PickUp => format!(
            "{code}101 takes the call that rings at 101. {code} alone takes one that rings in a group of your own."
        ),
        Service::TakeHeld => format!("{code}101 takes the call that 101 has on hold."),
        Service::Intercom => {
            format!(
                "{code}101 speaks out of the telephone of 101, unless 101 is in a call or does not want to be disturbed."
            )
        }
        Service::Park => format!("Transfer a call to {code}: it waits in a slot, whose number you are told."),
        Service::Retrieve => "Dial the slot of a parked call to take it, on any telephone.".to_owned(),
        Service::Voicemail => format!("{code} opens your own mailbox."),
        Service::Listening => format!(
            "{code}*101 listens to the call of 101, where you may. During it 2 whispers, 3 barges in, 4 takes over, 1 only listens."
        ),
        Service::QueueIn => format!("{code}8000 makes you ready in queue 8000, {code} alone in all queues of yours."),
        Service::QueueOut => format!("{code}8000 pauses you in queue 8000, {code} alone in all queues of yours."),
        Service::Status => {
            format!("{code}1 sets your status to available, {code}2 to away, {code}3 to do not disturb.")
        }
    }
}

/// What stands for the service in a list: its code, or the slots.
pub fn dialled(codes: &FeatureCodes, service: Service) -> String {
    match service {
        Service::Retrieve => format!("{}–{}", codes.slot_first, codes.slot_last),
        Service::Listening => format!("{}*…", codes.code(service)),
        _ if service.takes_number() => format!("{}…", codes.code(service)),
        _ => codes.code(service).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: DIAL-01
    #[test]
    fn dial_01_a_code_is_shown_as_it_is_dialled() {
        let codes = FeatureCodes { intercom: "*80".into(), ..FeatureCodes::default() };
        assert_eq!(dialled(&codes, Service::Intercom), "*80…");
        assert_eq!(dialled(&codes, Service::Park), "*68");
        assert_eq!(dialled(&codes, Service::QueueIn), "*51…");
        assert_eq!(dialled(&codes, Service::Retrieve), "701–720");
        assert_eq!(dialled(&codes, Service::Listening), "888*…");
        assert!(does(&codes, Service::Intercom).starts_with("*80101 "));
    }
}
