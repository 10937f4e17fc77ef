//! The INVITE client transaction (RFC 3261, 17.1.1; RFC 6026, 7.2).

use super::{ClientAction, ClientInput};

/// Its states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Calling,
    Proceeding,
    /// A failure came: repeats of it are acknowledged until timer D.
    Completed,
    /// A 2xx came: further ones, of other branches of a fork too, reach the user until timer M.
    Accepted,
    Terminated,
}

/// State × input → state and actions. What is not in the table changes nothing.
pub(crate) const fn step(state: State, input: ClientInput) -> (State, &'static [ClientAction]) {
    use ClientAction as A;
    use ClientInput as I;
    use State as S;
    match (state, input) {
        (S::Calling, I::Again) => (S::Calling, &[A::Resend, A::Again]),
        // While it rings nothing runs out, unless it was cancelled or nobody waits for it any more.
        (S::Calling | S::Proceeding, I::GiveUp) => (S::Terminated, &[A::TimedOut]),
        (S::Calling, I::Provisional) => (S::Proceeding, &[A::Stop, A::Pass]),
        (S::Proceeding, I::Provisional) => (S::Proceeding, &[A::Pass]),
        (S::Calling | S::Proceeding, I::Success) => (S::Accepted, &[A::Stop, A::Forget, A::Pass]),
        (S::Calling | S::Proceeding, I::Failure) => (S::Completed, &[A::Stop, A::Ack, A::Forget, A::Pass]),
        (S::Calling | S::Proceeding, I::FlowFailed) => (S::Terminated, &[A::FlowFailed]),
        (S::Completed, I::Failure) => (S::Completed, &[A::Ack]),
        (S::Accepted, I::Success) => (S::Accepted, &[A::Pass]),
        (S::Completed | S::Accepted, I::Forget) => (S::Terminated, &[]),
        (state, _) => (state, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ClientAction as A;
    use ClientInput as I;
    use State as S;

    #[test]
    fn every_cell_of_the_table_is_as_the_rfc_draws_it() {
        let inputs = [I::Provisional, I::Success, I::Failure, I::Again, I::GiveUp, I::Forget, I::FlowFailed];
        let expected = [
            (
                S::Calling,
                [S::Proceeding, S::Accepted, S::Completed, S::Calling, S::Terminated, S::Calling, S::Terminated],
            ),
            (
                S::Proceeding,
                [S::Proceeding, S::Accepted, S::Completed, S::Proceeding, S::Terminated, S::Proceeding, S::Terminated],
            ),
            (
                S::Completed,
                [S::Completed, S::Completed, S::Completed, S::Completed, S::Completed, S::Terminated, S::Completed],
            ),
            (
                S::Accepted,
                [S::Accepted, S::Accepted, S::Accepted, S::Accepted, S::Accepted, S::Terminated, S::Accepted],
            ),
        ];
        for (state, row) in expected {
            for (input, next) in inputs.into_iter().zip(row) {
                assert_eq!(step(state, input).0, next, "{state:?} × {input:?}");
            }
        }
    }

    #[test]
    fn a_failure_is_passed_once_and_acknowledged_each_time() {
        assert_eq!(step(S::Proceeding, I::Failure).1, [A::Stop, A::Ack, A::Forget, A::Pass]);
        assert_eq!(step(S::Completed, I::Failure).1, [A::Ack]);
        assert_eq!(step(S::Completed, I::Success).1, []);
        assert_eq!(step(S::Accepted, I::Failure).1, []);
        assert_eq!(step(S::Accepted, I::Success).1, [A::Pass]);
    }
}
