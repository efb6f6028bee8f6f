//! Bytes over real sockets.
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Instant;

use proptest::prelude::*;

use super::*;

/// Far more than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that sends back what it gets, and ends its side when the other side has ended.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                drop(std::io::copy(&mut &stream, &mut &stream));
                drop(stream.shutdown(Shutdown::Write));
            });
        }
    });
    address
}

fn proxy(to: SocketAddr, delay: u64, loss: f64) -> Proxy {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let control = Some(listen);
    Proxy::start(&ProxyOptions { listen, to, delay: Duration::from_millis(delay), loss, seed: 7, control }).unwrap()
}

fn connect(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends a word and reads it back.
fn exchange(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"word")?;
    let mut back = [0; 4];
    stream.read_exact(&mut back)?;
    assert_eq!(&back, b"word");
    Ok(())
}

/// How a connection that was cut shows it: reset, or refused, never the ordinary end.
fn is_cut(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused | ErrorKind::BrokenPipe)
}

/// Waits for something that will happen.
fn until(mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "it never happened");
        std::thread::sleep(Duration::from_millis(5));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn bytes_arrive_as_they_were_sent(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40_000), 1..12),
        delay in 0_u64..30,
        lossy: bool,
    ) {
        let proxy = proxy(echo(), delay, if lossy { 0.05 } else { 0.0 });
        let mut stream = connect(&proxy);
        let mut sending = stream.try_clone().unwrap();
        let sent = chunks.concat();
        let sender = std::thread::spawn(move || {
            chunks.iter().for_each(|chunk| sending.write_all(chunk).unwrap());
            sending.shutdown(Shutdown::Write).unwrap();
        });
        let mut back = Vec::new();
        stream.read_to_end(&mut back).unwrap();
        sender.join().unwrap();
        prop_assert!(back == sent, "{} bytes came back of {}", back.len(), sent.len());
    }
}

#[test]
fn more_than_may_be_under_way_passes() {
    let proxy = proxy(echo(), 10, 0.0);
    let mut stream = connect(&proxy);
    let mut sending = stream.try_clone().unwrap();
    // Nobody reads until all is sent but for what buffers hold: the writer must wait, and nothing be lost.
    let sent: Vec<u8> = (0..24 << 20).map(|number: u32| (number >> 8) as u8).collect();
    let expected = sent.clone();
    let sender = std::thread::spawn(move || {
        sending.write_all(&sent).unwrap();
        sending.shutdown(Shutdown::Write).unwrap();
    });
    let mut back = Vec::new();
    stream.read_to_end(&mut back).unwrap();
    sender.join().unwrap();
    assert!(back == expected);
}

#[test]
fn every_round_trip_takes_the_delay_at_least() {
    let proxy = proxy(echo(), 40, 0.0);
    let mut stream = connect(&proxy);
    for _ in 0..3 {
        let begun = Instant::now();
        exchange(&mut stream).unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(40), "{:?}", begun.elapsed());
    }
}

#[test]
fn what_is_under_way_is_not_counted_again() {
    // 50 words, one after the other 2 ms apart and not waited for: one after the other, round trips would take 20 s.
    let proxy = proxy(echo(), 400, 0.0);
    let mut stream = connect(&proxy);
    let mut sending = stream.try_clone().unwrap();
    let begun = Instant::now();
    let sender = std::thread::spawn(move || {
        for _ in 0..50 {
            sending.write_all(b"word").unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    let mut back = [0; 200];
    stream.read_exact(&mut back).unwrap();
    sender.join().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[test]
fn a_lost_chunk_comes_a_retransmission_later() {
    let (loss, words) = (0.1, 10);
    let late = |direction| {
        let mut late = Late::new(loss, Duration::ZERO, 7, 0, direction);
        (0..words).map(|_| late.next()).sum::<Duration>()
    };
    let expected = late(0) + late(1);
    assert!(expected >= Duration::from_millis(200), "this seed loses nothing: take another one");
    let proxy = proxy(echo(), 0, loss);
    let mut stream = connect(&proxy);
    let begun = Instant::now();
    (0..words).for_each(|_| exchange(&mut stream).unwrap());
    assert!(begun.elapsed() >= expected, "{:?} of {expected:?}", begun.elapsed());
}

#[test]
fn one_side_may_end_and_still_be_answered() {
    let proxy = proxy(echo(), 10, 0.0);
    let mut stream = connect(&proxy);
    stream.write_all(b"all there is").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut back = String::new();
    stream.read_to_string(&mut back).unwrap();
    assert_eq!(back, "all there is");
}

#[test]
fn a_cut_resets_connections_refuses_new_ones_and_heals() {
    let proxy = proxy(echo(), 0, 0.0);
    let mut stream = connect(&proxy);
    exchange(&mut stream).unwrap();
    proxy.cut(Cut::Refuse);
    let mut byte = [0; 1];
    assert!(is_cut(&stream.read(&mut byte).unwrap_err()));
    // The listener closes a moment after the connections.
    until(|| TcpStream::connect(proxy.address()).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused));
    proxy.heal();
    until(|| TcpStream::connect(proxy.address()).is_ok_and(|mut stream| exchange(&mut stream).is_ok()));
    // Once more, and the same port.
    proxy.cut(Cut::Refuse);
    until(|| TcpStream::connect(proxy.address()).is_err());
}

#[test]
fn in_a_black_hole_nothing_moves_and_after_it_everything_arrives() {
    let proxy = proxy(echo(), 0, 0.0);
    let mut stream = connect(&proxy);
    exchange(&mut stream).unwrap();
    proxy.cut(Cut::BlackHole);
    // One word may be ahead of the cut; of several, the last is not.
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut silent = false;
    let mut back = Vec::new();
    for _ in 0..200 {
        stream.write_all(b"word").unwrap();
        let mut bytes = [0; 64];
        match stream.read(&mut bytes) {
            Ok(length) => back.extend(bytes.iter().take(length)),
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
                silent = true;
                break;
            }
        }
    }
    assert!(silent);
    proxy.heal();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    stream.read_to_end(&mut back).unwrap();
    assert!(back.ends_with(b"word") && back.len() % 4 == 0);
}

#[test]
fn the_control_port_cuts_and_heals() {
    let proxy = proxy(echo(), 0, 0.0);
    let control = proxy.control().unwrap();
    let ask = |line: &str| {
        let mut stream = TcpStream::connect(control).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let mut stream = connect(&proxy);
    exchange(&mut stream).unwrap();
    assert!(ask("POST /cut").ends_with("{\"path\":\"refuse\"}\n"));
    assert!(is_cut(&stream.read(&mut [0; 1]).unwrap_err()));
    assert!(ask("POST /heal").ends_with("{\"path\":\"open\"}\n"));
    until(|| TcpStream::connect(proxy.address()).is_ok_and(|mut stream| exchange(&mut stream).is_ok()));
    assert!(ask("POST /nothing").starts_with("HTTP/1.1 404 "));
    assert!(ask("DELETE /cut").starts_with("HTTP/1.1 405 "));
}

#[test]
fn a_target_that_refuses_shows_as_a_reset() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = proxy(gone, 0, 0.0);
    let error = exchange(&mut connect(&proxy)).unwrap_err();
    assert!(is_cut(&error), "{error}");
}

#[test]
fn a_reset_passes_through() {
    // A server that reads a word and goes away with another one unread: the system resets the connection.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.read_exact(&mut [0; 4]).unwrap();
    });
    let proxy = proxy(to, 0, 0.0);
    let mut stream = connect(&proxy);
    stream.write_all(&[7; 1 << 16]).unwrap();
    let error = stream.read(&mut [0; 1]).unwrap_err();
    assert!(is_cut(&error), "{error}");
}

#[test]
fn dropping_a_proxy_ends_its_connections_and_frees_its_port() {
    let proxy = proxy(echo(), 0, 0.0);
    let mut stream = connect(&proxy);
    exchange(&mut stream).unwrap();
    let address = proxy.address();
    drop(proxy);
    assert!(matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_loss_that_nothing_survives_is_refused() {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    for loss in [-0.1, 0.6, f64::NAN] {
        let options = ProxyOptions { listen, to: listen, delay: Duration::ZERO, loss, seed: 0, control: None };
        assert!(Proxy::start(&options).is_err(), "{loss}");
    }
    // And an address that is taken.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = ProxyOptions {
        listen: taken.local_addr().unwrap(),
        to: listen,
        delay: Duration::ZERO,
        loss: 0.0,
        seed: 0,
        control: None,
    };
    assert!(Proxy::start(&options).unwrap_err().to_string().contains("could not be started"));
}

#[test]
fn each_region_has_its_own_delay() {
    let region = |name: &str, delay| Region { name: name.into(), delay: Duration::from_millis(delay), loss: 0.0 };
    let regions = Regions::start(&[region("near", 0), region("far", 60)], echo(), 1).unwrap();
    let addresses: Vec<_> = regions.addresses().collect();
    let names: Vec<_> = addresses.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["near", "far"]);
    let (_, far) = addresses.last().unwrap();
    let mut stream = TcpStream::connect(far).unwrap();
    let begun = Instant::now();
    exchange(&mut stream).unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(60));
}
