//! The server transaction of every other method (RFC 3261, 17.2.2).

use super::{ServerAction, ServerInput};

/// Its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Trying,
    Proceeding,
    /// The final response was sent: sent again for repeats until timer J.
    Completed,
    Terminated,
}

/// State × input → state and actions. What is not in the table changes nothing.
pub(crate) const fn step(state: State, input: ServerInput) -> (State, &'static [ServerAction]) {
    use ServerAction as A;
    use ServerInput as I;
    use State as S;
    match (state, input) {
        (S::Trying | S::Proceeding, I::Provisional) => (S::Proceeding, &[A::Send]),
        (S::Trying | S::Proceeding, I::Success | I::Failure) => (S::Completed, &[A::Stop, A::Send, A::Forget]),
        (S::Proceeding | S::Completed, I::Request) => (state, &[A::Resend]),
        // Nobody answered in the time that the client waits: RFC 4320 forbids a 408.
        (S::Trying | S::Proceeding, I::GiveUp) | (S::Completed, I::Forget) => (S::Terminated, &[]),
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
        let (y, p, c, t) = (S::Trying, S::Proceeding, S::Completed, S::Terminated);
        let expected = [(y, [y, p, c, c, y, y, t, y]), (p, [p, p, c, c, p, p, t, p]), (c, [c, c, c, c, c, c, c, t])];
        for (state, row) in expected {
            for (input, next) in inputs.into_iter().zip(row) {
                assert_eq!(step(state, input).0, next, "{state:?} × {input:?}");
            }
        }
        assert_eq!(step(S::Completed, I::Request).1, [A::Resend]);
        assert_eq!(step(S::Trying, I::Request).1, []);
    }
}
