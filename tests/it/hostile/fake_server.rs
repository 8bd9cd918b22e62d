//! A server of the test's own, which logs anybody in and then does its harm.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A harm that a server may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The greeting ends after the version.
    ShortGreeting,
    SilentFromTheStart,
    SilentAfterItsGreeting,
    SilentAfterTheLogin,
    /// A byte now and then.
    Slow,
    /// Asks for the password itself, again and again.
    EndlessLogin,
    ShortOk,
    ShortError,
    /// Announces 2^33 columns.
    ManyColumns,
    ShortColumn,
    ShortRow,
    LocalFile,
    EndlessOk,
    EndlessRows,
    /// Rows of 4096 values that are NULL: a byte each.
    EndlessNulls,
    /// Rows of 16 MiB.
    EndlessLargeRows,
    /// Announces a packet of 16 MiB, and sends none of it.
    LargeHeader,
    /// Announces a packet of 16 MiB, and sends 12 MiB of it: more than what the system keeps of a connection.
    LargePart,
    /// A packet in parts of 16 MiB.
    EndlessPacket,
}

impl Harm {
    pub const ALL: [Self; 19] = [
        Self::ShortGreeting,
        Self::SilentFromTheStart,
        Self::SilentAfterItsGreeting,
        Self::SilentAfterTheLogin,
        Self::Slow,
        Self::EndlessLogin,
        Self::ShortOk,
        Self::ShortError,
        Self::ManyColumns,
        Self::ShortColumn,
        Self::ShortRow,
        Self::LocalFile,
        Self::EndlessOk,
        Self::EndlessRows,
        Self::EndlessNulls,
        Self::EndlessLargeRows,
        Self::LargeHeader,
        Self::LargePart,
        Self::EndlessPacket,
    ];

    /// The reasons that a resource may have then: a flood ends by its size or by the time, whichever comes first.
    pub fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::SilentFromTheStart
            | Self::SilentAfterItsGreeting
            | Self::SilentAfterTheLogin
            | Self::Slow
            | Self::LargeHeader => &["Timeout"],
            Self::EndlessRows | Self::EndlessNulls | Self::EndlessLargeRows | Self::LargePart | Self::EndlessPacket => {
                &["ProtocolViolation", "Timeout"]
            }
            _ => &["ProtocolViolation"],
        }
    }

    /// A name for Kubernetes.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// A listening server, which ends with the test.
pub struct FakeServer {
    pub port: String,
    harm_done: Arc<Notify>,
    task: JoinHandle<()>,
}

impl FakeServer {
    /// Listens at this address of the machine's own.
    pub async fn start_at(host: &str, harm: Harm) -> Self {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let harm_done = Arc::new(Notify::new());
        let done = harm_done.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let done = done.clone();
                // The client closes the connection, or the test ends.
                tokio::spawn(async move {
                    let _ = serve(stream, harm, &done).await;
                });
            }
        });
        Self { port, harm_done, task }
    }

    /// Waits until a client has taken all that the server sends.
    pub async fn harm_done(&self) {
        self.harm_done.notified().await;
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Puts a header before a packet.
pub fn framed(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&length[..3], &[number], payload].concat()
}

/// A greeting with all that a client wants but TLS.
fn greeting() -> Vec<u8> {
    let mut packet = b"\x0a9.7.4\0\x07\0\0\0abcdefgh\0\xff\xf7\x2d\x02\0\xff\x01\x15".to_vec();
    packet.extend([0; 10]);
    packet.extend(b"ijklmnopqrst\0mysql_native_password\0");
    packet
}

fn column() -> Vec<u8> {
    b"\x03def\0\0\0\x01c\0\x0c\x2d\0\xff\0\0\0\xfd\0\0\0\0\0".to_vec()
}

async fn read_packet(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut header = [0; 4];
    stream.read_exact(&mut header).await?;
    let mut payload = vec![0; u32::from_le_bytes([header[0], header[1], header[2], 0]) as usize];
    stream.read_exact(&mut payload).await?;
    Ok(payload)
}

/// Waits until the client closes the connection.
async fn be_silent(stream: &mut TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

async fn serve(mut stream: TcpStream, harm: Harm, done: &Notify) -> io::Result<()> {
    match harm {
        Harm::ShortGreeting => stream.write_all(&framed(0, b"\x0a9.7.0\0")).await?,
        Harm::SilentFromTheStart => {}
        Harm::Slow => {
            for byte in framed(0, &greeting()) {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
        _ => {
            stream.write_all(&framed(0, &greeting())).await?;
            if harm != Harm::SilentAfterItsGreeting {
                read_packet(&mut stream).await?;
                after_greeting(&mut stream, harm).await?;
            }
        }
    }
    done.notify_one();
    be_silent(&mut stream).await
}

async fn after_greeting(stream: &mut TcpStream, harm: Harm) -> io::Result<()> {
    if harm == Harm::EndlessLogin {
        for number in (2..).step_by(2) {
            let switch = b"\xfemysql_native_password\0abcdefghijklmnopqrst\0";
            stream.write_all(&framed(number, switch)).await?;
            read_packet(stream).await?;
        }
    }
    if harm == Harm::ShortOk {
        return stream.write_all(&framed(2, &[0, 0])).await;
    }
    stream.write_all(&framed(2, &[0, 0, 0, 2, 0, 0, 0])).await?;
    if harm == Harm::SilentAfterTheLogin {
        return Ok(());
    }
    read_packet(stream).await?;
    after_command(stream, harm).await
}

async fn after_command(stream: &mut TcpStream, harm: Harm) -> io::Result<()> {
    let mut number = 1_u8;
    let mut next = |payload: &[u8]| {
        let packet = framed(number, payload);
        number = number.wrapping_add(1);
        packet
    };
    match harm {
        Harm::ShortError => return stream.write_all(&next(b"\xff\x19")).await,
        Harm::ManyColumns => return stream.write_all(&next(&[0xfe, 0, 0, 0, 0, 2, 0, 0, 0])).await,
        Harm::LocalFile => return stream.write_all(&next(b"\xfb/etc/passwd")).await,
        Harm::LargeHeader => return stream.write_all(&[0xfe, 0xff, 0xff, 1]).await,
        Harm::LargePart => {
            stream.write_all(&[0xfe, 0xff, 0xff, 1]).await?;
            return stream.write_all(&vec![1; 12 << 20]).await;
        }
        Harm::EndlessPacket => loop {
            stream.write_all(&[0xff, 0xff, 0xff, 1]).await?;
            stream.write_all(&vec![1; 0xff_ff_ff]).await?;
        },
        Harm::EndlessOk => loop {
            stream.write_all(&next(&[0, 0, 0, 10, 0, 0, 0])).await?;
        },
        _ => {}
    }
    let columns = if harm == Harm::EndlessNulls { 4096 } else { 1 };
    stream.write_all(&next(&[&[0xfc], &u16::to_le_bytes(columns)[..]].concat())).await?;
    for _ in 0..columns {
        let column = if harm == Harm::ShortColumn { column()[..9].to_vec() } else { column() };
        stream.write_all(&next(&column)).await?;
    }
    let row = match harm {
        Harm::ShortRow => b"\x05ab".to_vec(),
        Harm::EndlessNulls => vec![0xfb; 4096],
        Harm::EndlessLargeRows => {
            let length = 0xff_ff_00_u32.to_le_bytes();
            [&[0xfd, length[0], length[1], length[2]], &vec![b'x'; 0xff_ff_00][..]].concat()
        }
        _ => [&[100], &[b'x'; 100][..]].concat(),
    };
    loop {
        stream.write_all(&next(&row)).await?;
    }
}
