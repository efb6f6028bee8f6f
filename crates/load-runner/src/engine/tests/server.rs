//! Services to send load to, each on a free port of this machine, on a thread of its own.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// How a service behaves.
#[derive(Debug, Clone, Default)]
pub(super) struct Behaviour {
    /// The status of every answer; 0 for 200.
    pub(super) status: u16,
    /// How long it takes for an answer.
    pub(super) slow: Duration,
    /// It answers nothing for the first of these in each of the second, counted from its first request.
    pub(super) stall: Option<(Duration, Duration)>,
    pub(super) http2: bool,
    pub(super) tls: bool,
    /// How many bytes an answer has; 0 for a few.
    pub(super) large: usize,
}

/// What a service has seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: AtomicU64,
    pub(super) connections: AtomicU64,
    /// Method, path and body of each request.
    pub(super) texts: Mutex<Vec<String>>,
    began: Mutex<Option<Instant>>,
}

/// A service. Ends when dropped.
pub(super) struct Service {
    pub(super) address: SocketAddr,
    pub(super) seen: Arc<Seen>,
    _stop: Option<oneshot::Sender<()>>,
}

impl Service {
    pub(super) fn base_url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    pub(super) fn requests(&self) -> u64 {
        self.seen.requests.load(Ordering::SeqCst)
    }

    pub(super) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let (stop, mut stopped) = oneshot::channel::<()>();
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let tls = behaviour.tls.then(acceptor);
                let accept = async {
                    loop {
                        let (stream, _) = listener.accept().await.unwrap();
                        drop(stream.set_nodelay(true));
                        shared.connections.fetch_add(1, Ordering::SeqCst);
                        let (seen, behaviour, tls) = (Arc::clone(&shared), behaviour.clone(), tls.clone());
                        tokio::spawn(async move {
                            match tls {
                                None => serve(stream, seen, behaviour).await,
                                Some(tls) => {
                                    if let Ok(stream) = tls.accept(stream).await {
                                        serve(stream, seen, behaviour).await;
                                    }
                                }
                            }
                        });
                    }
                };
                let mut accept = std::pin::pin!(accept);
                std::future::poll_fn(|cx| {
                    use std::future::Future;
                    let _: std::task::Poll<Infallible> = accept.as_mut().poll(cx);
                    std::pin::Pin::new(&mut stopped).poll(cx)
                })
                .await
            })
        });
        Self { address, seen, _stop: Some(stop) }
    }

    /// A service that closes each connection after one answer, without saying that it will.
    pub(super) fn closing() -> Self {
        Self::ending(None)
    }

    /// A service that answers the first request of each connection, and closes it without an answer so long after the second came.
    pub(super) fn crashing(after: Duration) -> Self {
        Self::ending(Some(after))
    }

    fn ending(second: Option<Duration>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let seen = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    let mut head = || {
                        let mut line = String::new();
                        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                            line.clear();
                        }
                        seen.requests.fetch_add(u64::from(!line.is_empty()), Ordering::SeqCst);
                    };
                    head();
                    drop((&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
                    if let Some(after) = second {
                        head();
                        std::thread::sleep(after);
                    }
                    drop(stream.shutdown(std::net::Shutdown::Write));
                    drop((&stream).read(&mut [0]));
                });
            }
        });
        Self { address, seen, _stop: None }
    }
}

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

async fn serve<S>(stream: S, seen: Arc<Seen>, behaviour: Behaviour)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let http2 = behaviour.http2;
    let service = service_fn(move |request: Request<Incoming>| {
        let (seen, behaviour) = (Arc::clone(&seen), behaviour.clone());
        async move { Ok::<_, Infallible>(answer(request, &seen, &behaviour).await) }
    });
    let io = TokioIo::new(stream);
    if http2 {
        drop(hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await);
    } else {
        drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
    }
}

async fn answer(request: Request<Incoming>, seen: &Seen, behaviour: &Behaviour) -> Response<Full<Bytes>> {
    seen.requests.fetch_add(1, Ordering::SeqCst);
    let began = *seen.began.lock().unwrap().get_or_insert_with(Instant::now);
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    seen.texts.lock().unwrap().push(format!("{} {} {}", head.method, head.uri.path(), String::from_utf8_lossy(&body)));
    if let Some((stall, every)) = behaviour.stall {
        let within = Duration::from_nanos((began.elapsed().as_nanos() % every.as_nanos()) as u64);
        if within < stall {
            tokio::time::sleep(stall - within).await;
        }
    }
    if !behaviour.slow.is_zero() {
        tokio::time::sleep(behaviour.slow).await;
    }
    let status = if behaviour.status == 0 { 200 } else { behaviour.status };
    let answer = Response::builder().status(status).header("server-timing", "evaluation;dur=0.5");
    let body = match behaviour.large {
        0 => Bytes::from_static(b"{\"ok\":true}"),
        large => Bytes::from(format!("{{\"ok\":true,\"rest\":\"{}\"}}", "x".repeat(large))),
    };
    answer.body(Full::new(body)).unwrap()
}
