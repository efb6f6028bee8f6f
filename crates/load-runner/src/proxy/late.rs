//! Which chunks are lost, and how late a lost one arrives: a pure function of seed, connection, direction and number.

use std::time::Duration;

/// The shortest time after which Linux sends again what was not acknowledged (`TCP_RTO_MIN`); the round trip comes on top.
const RETRANSMISSION: Duration = Duration::from_millis(200);
/// How often the same chunk may be lost.
const MOST_LOSSES: u32 = 6;

/// The chunks of one direction of one connection.
#[derive(Debug, Clone)]
pub(super) struct Late {
    loss: f64,
    round_trip: Duration,
    stream: u64,
    chunk: u64,
}

impl Late {
    /// For a share of lost chunks, on a path with this round trip.
    pub(super) fn new(loss: f64, round_trip: Duration, seed: u64, connection: u64, direction: u64) -> Self {
        let stream = mixed(mixed(mixed(seed).wrapping_add(connection)).wrapping_add(direction));
        Self { loss, round_trip, stream, chunk: 0 }
    }

    /// How much later the next chunk arrives. What is sent again may be lost again; the pause doubles each time (RFC 6298, 5.5).
    pub(super) fn next(&mut self) -> Duration {
        self.chunk = self.chunk.wrapping_add(1);
        let mut draw = mixed(self.stream.wrapping_add(self.chunk));
        let (mut late, mut pause) = (Duration::ZERO, RETRANSMISSION + self.round_trip);
        for _ in 0..MOST_LOSSES {
            // 53 bits make an even draw from 0 to below 1.
            if (draw >> 11) as f64 / (1_u64 << 53) as f64 >= self.loss {
                break;
            }
            late += pause;
            pause *= 2;
            draw = mixed(draw);
        }
        late
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): one step from a state to an even 64-bit draw.
const fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(loss: f64, seed: u64, connection: u64, direction: u64) -> Vec<Duration> {
        let mut late = Late::new(loss, Duration::from_millis(100), seed, connection, direction);
        (0..20_000).map(|_| late.next()).collect()
    }

    #[test]
    fn about_the_share_is_late_and_a_second_loss_doubles_the_pause() {
        let drawn = drawn(0.1, 7, 0, 0);
        let share = |is: fn(&Duration) -> bool| drawn.iter().filter(|late| is(late)).count() as f64 / 20_000.0;
        // Four standard errors: 0.0085 and 0.0028.
        assert!((share(|late| !late.is_zero()) - 0.1).abs() < 0.0085);
        assert!((share(|late| *late >= Duration::from_millis(900)) - 0.01).abs() < 0.0028);
        assert!(drawn.iter().all(|late| late.is_zero() || *late >= Duration::from_millis(300)));
    }

    #[test]
    fn nothing_is_late_without_loss() {
        assert!(drawn(0.0, 7, 0, 0).iter().all(Duration::is_zero));
    }

    #[test]
    fn equal_seeds_lose_equal_chunks_and_each_direction_its_own() {
        assert_eq!(drawn(0.1, 7, 3, 1), drawn(0.1, 7, 3, 1));
        for other in [drawn(0.1, 8, 3, 1), drawn(0.1, 7, 4, 1), drawn(0.1, 7, 3, 0)] {
            assert_ne!(drawn(0.1, 7, 3, 1), other);
        }
    }
}
