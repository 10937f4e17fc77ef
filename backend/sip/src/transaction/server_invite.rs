//! The INVITE server transaction (RFC 3261, 17.2.1; RFC 6026, 7.1).

use super::{ServerAction, ServerInput};

/// Its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Proceeding,
    /// A failure was sent: sent again by timer G until the ACK or timer H.
    Completed,
    /// The ACK came: repeats of it are absorbed until timer I.
    Confirmed,
    /// A 2xx was sent: repeats of the INVITE are absorbed until timer L; the dialog sends the 2xx again.
    Accepted,
    Terminated,
}

/// State × input → state and actions. What is not in the table changes nothing.
pub(crate) const fn step(state: State, input: ServerInput) -> (State, &'static [ServerAction]) {
    use ServerAction as A;
    use ServerInput as I;
    use State as S;
    match (state, input) {
        (S::Proceeding | S::Completed, I::Request) => (state, &[A::Resend]),
        (S::Proceeding, I::Provisional) => (S::Proceeding, &[A::Send]),
        (S::Proceeding, I::Success) => (S::Accepted, &[A::Send, A::Forget]),
        (S::Proceeding, I::Failure) => (S::Completed, &[A::Send, A::Again, A::GiveUp]),
        (S::Completed, I::Again) => (S::Completed, &[A::Resend, A::Again]),
        (S::Completed, I::Ack) => (S::Confirmed, &[A::Stop, A::Forget]),
        (S::Completed, I::GiveUp) | (S::Confirmed | S::Accepted, I::Forget) => (S::Terminated, &[]),
        (state, _) => (state, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ServerAction as A;
    use ServerInput as I;
    use State as S;

    #[test]
    fn every_cell_of_the_table_is_as_the_rfc_draws_it() {
        let inputs = [I::Request, I::Provisional, I::Success, I::Failure, I::Ack, I::Again, I::GiveUp, I::Forget];
        let (p, c, f, a, t) = (S::Proceeding, S::Completed, S::Confirmed, S::Accepted, S::Terminated);
        let expected = [
            (p, [p, p, a, c, p, p, p, p]),
            (c, [c, c, c, c, f, c, t, c]),
            (f, [f, f, f, f, f, f, f, t]),
            (a, [a, a, a, a, a, a, a, t]),
        ];
        for (state, row) in expected {
            for (input, next) in inputs.into_iter().zip(row) {
                assert_eq!(step(state, input).0, next, "{state:?} × {input:?}");
            }
        }
    }

    #[test]
    fn a_repeated_invite_is_answered_again_until_a_2xx_was_sent() {
        assert_eq!(step(S::Proceeding, I::Request).1, [A::Resend]);
        assert_eq!(step(S::Completed, I::Request).1, [A::Resend]);
        assert_eq!(step(S::Accepted, I::Request).1, []);
        assert_eq!(step(S::Confirmed, I::Request).1, []);
    }
}
