//! How long a check of a password takes, by the format of its hash: what the bounds on imported hashes
//! rest on. `cargo run --release -p bench --bin passwords`.

use std::time::Instant;

use domain::password::{Hasher, Password, PasswordHash};

const SALT: &str = "fY.RUur93xtjrHXOmRPinA$Jpq2TwDCgxJkG5S1tAJbm2NyyNO2fXd0qPXG94YoKX8";
const LONG: &str =
    "KZXocL2lK5WWlp3QFJGPPTopLsV/JfnWHFRESJPl5HC/l20SgX9GEG4rFmIxmIaSI.1/j0rxQbSm3iy2J3NehA";

fn main() -> anyhow::Result<()> {
    let (hasher, password) = (Hasher::new(), Password::parse("Password 1")?);
    for text in [
        format!("$argon2id$v=19$m=19456,t=2,p=1${}", SALT.replace('.', "+")),
        format!("$argon2id$v=19$m=262144,t=1,p=1${}", SALT.replace('.', "+")),
        "$2b$12$abcdefghijklmnopqrstuuR5uy782Qx/UHkrBefTMKxGi.ufnQrC.".to_owned(),
        "$pbkdf2$1000000$Sek9J2Rs7V0rxRjDmPOeUw$a/dUg.JHITTk3c7qHwEQGDORVfA".to_owned(),
        format!("$pbkdf2-sha256$1000000${SALT}"),
        format!("$pbkdf2-sha512$400000$SwnBGONcy/m/t/Yew/j//w${LONG}"),
        format!("$scrypt$ln=15,r=8,p=1${SALT}"),
        format!("$scrypt$ln=17,r=8,p=1${SALT}"),
        "$P$F1HnYv65O5AvRsu..a.9MY/B7SpHHy.".to_owned(),
    ] {
        let hash = PasswordHash::parse(&text)?;
        // The first one allocates.
        let _ = hasher.check(&password, Some(&hash));
        let started = Instant::now();
        let _ = hasher.check(&password, Some(&hash));
        println!("{:8} us: {}", started.elapsed().as_micros(), &text[..30]);
    }
    Ok(())
}
