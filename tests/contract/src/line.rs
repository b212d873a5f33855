//! A line to a database that can be cut, go silent, or lose answers on the way back.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp},
    sync::watch,
};

const CHUNK: usize = 64 * 1024;

/// In the head of every question about a table. Those about the stream, which has another name, come
/// all the time and are nobody's call.
const ABOUT_A_TABLE: &[u8] = b"DynamoDB_20120810.";

/// In the heads of questions that change an item.
const WRITES: [&[u8]; 3] = [b".PutItem", b".UpdateItem", b".DeleteItem"];

/// What the line does to what passes over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing.
    Open,
    /// Every connection is closed, the present ones and those to come.
    Cut,
    /// Connections stand, and nothing comes back any more.
    Silent,
}

/// A port in front of a database.
#[derive(Debug)]
pub struct Exchange {
    address: SocketAddr,
    line: watch::Sender<Line>,
    until_loss: Arc<AtomicI64>,
    lost_writes: Arc<Mutex<LostWrites>>,
}

/// Which writes' answers are lost, and how many were.
#[derive(Debug, Default)]
struct LostWrites {
    of: Option<Vec<u8>>,
    count: u32,
}

impl Exchange {
    /// Opens a port in front of this URL's host.
    pub async fn to(url: &str) -> Self {
        let target = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (line, watched) = watch::channel(Line::Open);
        let until_loss = Arc::new(AtomicI64::new(0));
        let losses = Arc::clone(&until_loss);
        let lost_writes = Arc::<Mutex<LostWrites>>::default();
        let writes = Arc::clone(&lost_writes);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let (until_loss, lost_writes) = (Arc::clone(&losses), Arc::clone(&writes));
                let call = Call { line: watched.clone(), until_loss, lost_writes };
                tokio::spawn(call.connect(caller, target.clone()));
            }
        });
        Self { address, line, until_loss, lost_writes }
    }

    /// Where callers reach it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what the line does from now on.
    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    /// Loses the `nth` answer from now: the call is carried out, and nobody hears of it.
    pub fn lose(&self, nth: u32) {
        assert!(nth > 0, "the first is number 1");
        self.until_loss.store(i64::from(nth), Ordering::SeqCst);
    }

    /// From now on, loses every answer to a write of an item whose key starts so: each is carried out, and nobody hears
    /// of it, however often they ask.
    pub fn lose_writes_of(&self, kind: &str) {
        let of = Some(format!("\"{kind}").into_bytes());
        *lock(&self.lost_writes) = LostWrites { of, count: 0 };
    }

    /// Loses no more writes' answers. How many were lost.
    pub fn lost_writes(&self) -> u32 {
        std::mem::take(&mut *lock(&self.lost_writes)).count
    }

    /// Whether an answer is still to be lost; stops losing one.
    pub fn was_lost(&self) -> bool {
        self.until_loss.swap(0, Ordering::SeqCst) <= 0
    }
}

/// One connection.
struct Call {
    line: watch::Receiver<Line>,
    until_loss: Arc<AtomicI64>,
    lost_writes: Arc<Mutex<LostWrites>>,
}

impl Call {
    async fn connect(mut self, mut caller: TcpStream, target: String) {
        let Ok(mut database) = TcpStream::connect(target).await else { return };
        let (from_caller, to_caller) = caller.split();
        let (from_database, to_database) = database.split();
        self.carry((from_caller, to_caller), (from_database, to_database)).await;
    }

    /// Ends, and with it the connection, when either side ends or the line is cut.
    async fn carry(
        &mut self,
        (mut from_caller, mut to_caller): (tcp::ReadHalf<'_>, tcp::WriteHalf<'_>),
        (mut from_database, mut to_database): (tcp::ReadHalf<'_>, tcp::WriteHalf<'_>),
    ) {
        let (mut question, mut answer) = (vec![0; CHUNK], vec![0; CHUNK]);
        let (mut is_losable, mut asked) = (false, Vec::new());
        loop {
            let line = *self.line.borrow_and_update();
            if line == Line::Cut {
                return;
            }
            let passed = tokio::select! {
                changed = self.line.changed() => changed.is_ok(),
                read = from_caller.read(&mut question) => match read {
                    Ok(length @ 1..) => {
                        asked.extend_from_slice(&question[..length]);
                        is_losable |= contains(&question[..length], ABOUT_A_TABLE);
                        to_database.write_all(&question[..length]).await.is_ok()
                    }
                    _ => false,
                },
                read = from_database.read(&mut answer) => match read {
                    Ok(_) if line == Line::Silent => true,
                    Ok(_) if is_losable && self.is_to_be_lost() => false,
                    Ok(_) if self.is_lost_write(&asked) => false,
                    Ok(length @ 1..) => {
                        is_losable = false;
                        asked.clear();
                        to_caller.write_all(&answer[..length]).await.is_ok()
                    }
                    _ => false,
                },
            };
            if !passed {
                return;
            }
        }
    }

    fn is_lost_write(&self, asked: &[u8]) -> bool {
        let mut lost = lock(&self.lost_writes);
        let is_lost = lost.of.as_ref().is_some_and(|key| contains(asked, key))
            && WRITES.iter().any(|write| contains(asked, write));
        lost.count += u32::from(is_lost);
        is_lost
    }

    fn is_to_be_lost(&self) -> bool {
        self.until_loss.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

fn lock(lost_writes: &Mutex<LostWrites>) -> std::sync::MutexGuard<'_, LostWrites> {
    lost_writes.lock().unwrap_or_else(PoisonError::into_inner)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
