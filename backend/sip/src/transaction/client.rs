//! The client transaction of every other method (RFC 3261, 17.1.2).

use super::{ClientAction, ClientInput};

/// Its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Trying,
    Proceeding,
    /// The final response came: repeats are absorbed until timer K.
    Completed,
    Terminated,
}

/// State × input → state and actions. What is not in the table changes nothing.
pub(crate) const fn step(state: State, input: ClientInput) -> (State, &'static [ClientAction]) {
    use ClientAction as A;
    use ClientInput as I;
    use State as S;
    match (state, input) {
        (S::Trying, I::Again) => (S::Trying, &[A::Resend, A::Again]),
        (S::Proceeding, I::Again) => (S::Proceeding, &[A::Resend, A::AgainSlowly]),
        (S::Trying | S::Proceeding, I::GiveUp) => (S::Terminated, &[A::TimedOut]),
        (S::Trying | S::Proceeding, I::Provisional) => (S::Proceeding, &[A::Pass]),
        (S::Trying | S::Proceeding, I::Success | I::Failure) => (S::Completed, &[A::Stop, A::Forget, A::Pass]),
        (S::Trying | S::Proceeding, I::FlowFailed) => (S::Terminated, &[A::FlowFailed]),
        (S::Completed, I::Forget) => (S::Terminated, &[]),
        (state, _) => (state, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ClientInput as I;
    use State as S;

    #[test]
    fn every_cell_of_the_table_is_as_the_rfc_draws_it() {
        let inputs = [I::Provisional, I::Success, I::Failure, I::Again, I::GiveUp, I::Forget, I::FlowFailed];
        let expected = [
            (
                S::Trying,
                [S::Proceeding, S::Completed, S::Completed, S::Trying, S::Terminated, S::Trying, S::Terminated],
            ),
            (
                S::Proceeding,
                [S::Proceeding, S::Completed, S::Completed, S::Proceeding, S::Terminated, S::Proceeding, S::Terminated],
            ),
            (
                S::Completed,
                [S::Completed, S::Completed, S::Completed, S::Completed, S::Completed, S::Terminated, S::Completed],
            ),
        ];
        for (state, row) in expected {
            for (input, next) in inputs.into_iter().zip(row) {
                assert_eq!(step(state, input).0, next, "{state:?} × {input:?}");
            }
        }
    }
}
