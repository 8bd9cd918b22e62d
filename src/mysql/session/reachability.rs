//! What is known of servers that can't be reached. All that use such a server share the answer to one try, so that a
//! hundred resources do not wait for it a hundred times.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::error::{Error, ErrorKind};
use crate::mysql::wire::{Address, Login};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two tries of one server.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A server that let somebody in within this time can be reached: a failure since then is about the login.
const PROVEN: Duration = Duration::from_secs(10);

/// What is known of each server. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Reachability(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    unreachable: HashMap<Address, Unreachable>,
    /// When each server let somebody in last.
    proven: HashMap<Address, Instant>,
}

#[derive(Debug)]
struct Unreachable {
    error: Error,
    /// How long the try was. It tells nothing to those that would wait longer.
    waited: Duration,
    failures: u32,
    next_try: Instant,
    is_tried: bool,
}

/// A try to reach a server. Others get the last answer meanwhile.
#[derive(Debug)]
pub(super) struct Try {
    reachability: Reachability,
    address: Address,
    began: Instant,
}

impl Reachability {
    /// Permits a try to reach the server.
    ///
    /// # Errors
    /// The answer to the last one, where another is under way, or would come too soon.
    pub fn begin(&self, login: &Login) -> Result<Try, Error> {
        let now = Instant::now();
        if let Some(known) = self.0.lock().unreachable.get_mut(&login.address)
            && (known.error.kind != ErrorKind::Timeout || login.connect_timeout <= known.waited)
        {
            if known.is_tried || now < known.next_try {
                // The one that tried may call the server by another name, and may show what others may not.
                let doing = format!("connecting to {}", login.address);
                return Err(Error::new(doing, known.error.kind, login.address.redact(known.error.message.clone())));
            }
            known.is_tried = true;
        }
        Ok(Try { reachability: self.clone(), address: login.address.clone(), began: now })
    }

    /// Takes note that a server let somebody in.
    pub fn is_proven(&self, address: &Address) {
        self.0.lock().is_proven(address);
    }
}

impl State {
    fn is_proven(&mut self, address: &Address) {
        let now = Instant::now();
        self.unreachable.remove(address);
        self.proven.retain(|_, proven| now.duration_since(*proven) < PROVEN);
        self.proven.insert(address.clone(), now);
    }
}

impl Try {
    /// Takes note of the answer, and returns it.
    pub fn end<T>(self, login: &Login, answer: Result<T, Error>) -> Result<T, Error> {
        let now = Instant::now();
        let mut state = self.reachability.0.lock();
        match &answer {
            Err(error) if is_about_the_server(error) => {
                let proven = state.proven.get(&self.address).copied();
                if proven.is_some_and(|proven| proven >= self.began || now.duration_since(proven) < PROVEN) {
                    return answer;
                }
                let failures = state.unreachable.get(&self.address).map_or(0, |known| known.failures);
                let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_PAUSE);
                let known = Unreachable {
                    error: error.clone(),
                    waited: login.connect_timeout,
                    failures: failures.saturating_add(1),
                    next_try: now + pause,
                    is_tried: false,
                };
                state.unreachable.insert(self.address.clone(), known);
            }
            Ok(_) => state.is_proven(&self.address),
            // It answered, so it can be reached.
            Err(_) => {
                state.unreachable.remove(&self.address);
            }
        }
        drop(state);
        answer
    }
}

impl Drop for Try {
    /// A try that was cancelled tells nothing; the next may begin.
    fn drop(&mut self) {
        if let Some(known) = self.reachability.0.lock().unreachable.get_mut(&self.address) {
            known.is_tried = false;
        }
    }
}

fn is_about_the_server(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Refused | ErrorKind::Timeout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::{Secret, Tls, User};

    fn login(seconds: u64) -> Login {
        Login {
            address: Address::new("h", 3306),
            user: User::public("u"),
            password: Secret::new("p"),
            tls: Tls::Disabled,
            ca: None,
            client: None,
            connect_timeout: Duration::from_secs(seconds),
        }
    }

    fn failed(kind: ErrorKind) -> Result<(), Error> {
        Err(Error::new("connecting", kind, "no answer"))
    }

    fn end(reachability: &Reachability, seconds: u64, answer: Result<(), Error>) {
        let _ = reachability.begin(&login(seconds)).unwrap().end(&login(seconds), answer);
    }

    /// Lets the next try begin at once.
    fn let_pause_end(reachability: &Reachability) {
        for known in reachability.0.lock().unreachable.values_mut() {
            known.next_try = Instant::now();
        }
    }

    #[test]
    fn one_tries_and_all_others_get_the_last_answer() {
        let reachability = Reachability::default();
        end(&reachability, 10, failed(ErrorKind::Timeout));
        assert_eq!(reachability.begin(&login(10)).unwrap_err().kind, ErrorKind::Timeout, "too soon");
        let_pause_end(&reachability);
        let tries = reachability.begin(&login(10)).unwrap();
        assert!(reachability.begin(&login(10)).is_err(), "one tries");
        drop(tries);
        let tries = reachability.begin(&login(10)).unwrap();
        tries.end(&login(10), Ok(())).unwrap();
        assert!(reachability.begin(&login(10)).is_ok() && reachability.begin(&login(10)).is_ok());
    }

    #[test]
    fn a_short_try_tells_nothing_to_those_that_wait_longer() {
        let reachability = Reachability::default();
        end(&reachability, 1, failed(ErrorKind::Timeout));
        assert!(reachability.begin(&login(1)).is_err());
        assert!(reachability.begin(&login(2)).is_ok());
        end(&reachability, 2, failed(ErrorKind::Refused));
        assert!(reachability.begin(&login(60)).is_err(), "a refusal takes no time");
    }

    #[test]
    fn who_does_not_get_in_says_nothing_of_a_server_that_lets_others_in() {
        for kind in [ErrorKind::Timeout, ErrorKind::Refused] {
            let reachability = Reachability::default();
            end(&reachability, 10, Ok(()));
            end(&reachability, 10, failed(kind));
            assert!(reachability.begin(&login(10)).is_ok(), "{kind:?}");
        }
    }

    #[test]
    fn a_server_that_answers_is_reachable_whatever_it_answers() {
        for kind in [ErrorKind::Authentication, ErrorKind::Tls, ErrorKind::Refusal(1040)] {
            let reachability = Reachability::default();
            end(&reachability, 10, failed(ErrorKind::Refused));
            let_pause_end(&reachability);
            end(&reachability, 10, failed(kind));
            assert!(reachability.begin(&login(10)).is_ok(), "{kind:?}");
        }
    }

    #[test]
    fn pauses_grow_and_stay_short() {
        let reachability = Reachability::default();
        for _ in 0..20 {
            let_pause_end(&reachability);
            end(&reachability, 10, failed(ErrorKind::Refused));
        }
        let state = reachability.0.lock();
        let known = state.unreachable.values().next().unwrap();
        let pause = known.next_try.duration_since(Instant::now());
        assert!(pause <= LONGEST_PAUSE && pause > LONGEST_PAUSE / 2, "{pause:?}");
    }
}
