//! A service that speaks as much S3 as a sink needs, and sometimes does not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fleet_zenoh::spool::{ObjectSink, Sink, SinkError};

const KEY: &str = "blue/robot-1/0000000000000007-log.gz";
const LONG: Duration = Duration::from_secs(60);

#[derive(Default)]
struct State {
    /// What it answers next, in this order; then 200. Nothing at all is 0.
    answers: Vec<u16>,
    /// First line, and content, of what it was asked.
    asked: Vec<(String, Vec<u8>)>,
    /// Who waits for an answer in vain.
    silent: Vec<TcpStream>,
}

/// On a port of its own, until the test is over.
#[derive(Clone)]
struct Service {
    endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Service {
    fn new(answers: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = State {
            answers: answers.to_vec(),
            ..State::default()
        };
        let service = Service {
            endpoint: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::new(Mutex::new(state)),
        };
        let own = service.clone();
        thread::spawn(move || listener.incoming().for_each(|stream| own.serve(stream.unwrap())));
        service
    }

    /// One request on each connection.
    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut lines, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            lines.push(line);
        }
        let mut content = vec![0; length];
        reader.read_exact(&mut content).unwrap();
        let mut state = self.state.lock().unwrap();
        let status = match state.answers.is_empty() {
            true => 200,
            false => state.answers.remove(0),
        };
        state
            .asked
            .extend(lines.into_iter().next().map(|first| (first, content)));
        match status {
            0 => state.silent.push(stream),
            _ => {
                let answer = format!(
                    "HTTP/1.1 {status} So\r\nETag: \"1\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
    }

    /// What environments say to find it.
    fn sink(&self, within: Duration) -> ObjectSink {
        let variables = [
            ("AWS_ENDPOINT", self.endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "anna"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("HOME", "/"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        ObjectSink::with_variables(&"s3://bulk/site/7".parse().unwrap(), within, variables).unwrap()
    }
}

#[test]
fn an_item_is_an_object_once_the_service_takes_it() {
    let service = Service::new(&[503, 403, 404]);
    let mut sink = service.sink(LONG);
    for _ in 0..3 {
        // Each is one request: who waits and tries again is the forwarder.
        let error = sink.put(KEY, b"packed".to_vec()).unwrap_err();
        assert!(matches!(error, SinkError::Again(_)), "{error}");
    }
    sink.put(KEY, b"packed".to_vec()).unwrap();
    let asked = &service.state.lock().unwrap().asked;
    assert_eq!(asked.len(), 4);
    for (first, content) in asked {
        assert_eq!(first, &format!("PUT /bulk/site/7/{KEY} HTTP/1.1"));
        assert_eq!(content, b"packed");
    }
}

#[test]
fn a_service_that_does_not_answer_is_asked_again_later() {
    let service = Service::new(&[0]);
    let mut sink = service.sink(Duration::from_millis(300));
    let error = sink.put(KEY, b"packed".to_vec()).unwrap_err();
    assert!(matches!(error, SinkError::Again(_)), "{error}");
    // What is late is over before the next begins, and there is an answer to that.
    let end = Instant::now() + LONG;
    while sink.put(KEY, b"packed".to_vec()).is_err() {
        assert!(Instant::now() < end, "there is no end to it");
    }
    let asked = service.state.lock().unwrap().asked.len();
    assert!(asked >= 2, "{asked}");
}

#[test]
fn settings_that_cannot_be_are_named() {
    let variables = [
        ("AWS_ENDPOINT".to_owned(), "http://[".to_owned()),
        ("AWS_ALLOW_HTTP".to_owned(), "perhaps".to_owned()),
    ];
    let error = ObjectSink::with_variables(&"s3://bulk".parse().unwrap(), LONG, variables).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`to` is s3://bulk/, for which AWS_"),
        "{error}"
    );
}
