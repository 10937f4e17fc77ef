//! WAV, MP3 and Vorbis, through symphonia.

use std::io::{Cursor, ErrorKind};

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::{MpaReader, OggReader, WavReader};

use super::kind::Kind;
use super::resample::Resampler;
use crate::Refused;

/// Of so many packets one may be undecodable.
const FAULTS_ONE_IN: u64 = 10;
/// Louder than full scale a file of floats may be, before it is levelled.
const LOUDEST: f32 = 8.0;

/// The sound as mono at our rate.
pub(super) fn decode(bytes: &[u8], kind: Kind<'_>, seconds_max: u32) -> Result<Vec<f32>, Refused> {
    let is_counted = matches!(kind, Kind::Wav(_));
    let mut reader = open(bytes, &kind).map_err(refused)?;
    let track = reader.first_track(TrackType::Audio).ok_or(Refused::Empty)?;
    let (track, frames) = (track.id, track.num_frames);
    let parameters = reader.first_track(TrackType::Audio).and_then(|track| track.codec_params.as_ref()?.audio());
    let parameters = parameters.ok_or(Refused::Broken("it does not say how its sound is coded"))?.clone();
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
        .map_err(refused)?;

    let mut sink = None;
    let (mut packets, mut faults, mut decoded) = (0_u64, 0_u64, 0_u64);
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            // Of files that were chained the first is taken.
            Ok(None) | Err(Error::ResetRequired) => break,
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(refused(error)),
        };
        if packet.track_id != track {
            continue;
        }
        packets += 1;
        match decoder.decode(&packet) {
            Ok(buffer) => {
                decoded += buffer.frames() as u64;
                push(&buffer, &mut sink, seconds_max)?;
            }
            Err(Error::DecodeError(_)) => faults += 1,
            Err(error) => return Err(refused(error)),
        }
    }
    if faults > packets / FAULTS_ONE_IN || (is_counted && frames.is_some_and(|frames| decoded < frames)) {
        return Err(Refused::Broken("parts of its sound cannot be decoded"));
    }
    sink.map_or(Err(Refused::Empty), |sink: Sink| sink.resampler.finish())
}

fn open<'a>(bytes: &'a [u8], kind: &'a Kind<'_>) -> Result<Box<dyn FormatReader + 'a>, Error> {
    let stream = |bytes| MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let options = FormatOptions::default();
    Ok(match kind {
        Kind::Wav(bytes) => Box::new(WavReader::try_new(stream(bytes.as_slice()), options)?),
        Kind::Mp3(bytes) => Box::new(MpaReader::try_new(stream(bytes), options)?),
        Kind::OggVorbis(_) | Kind::OggOpus => Box::new(OggReader::try_new(stream(bytes), options)?),
    })
}

/// Where the sound goes, for as long as its shape stays the same.
struct Sink {
    rate: u32,
    channels: usize,
    resampler: Resampler,
    interleaved: Vec<f32>,
}

fn push(buffer: &GenericAudioBufferRef<'_>, sink: &mut Option<Sink>, seconds_max: u32) -> Result<(), Refused> {
    let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
    let sink = match sink {
        Some(sink) if (sink.rate, sink.channels) == (rate, channels) => sink,
        Some(_) => return Err(Refused::Unsupported("sound that changes its rate or channels midway".into())),
        None if !(1..=2).contains(&channels) => {
            return Err(Refused::Unsupported(format!("sound of {channels} channels")));
        }
        None => {
            let resampler = Resampler::new(rate, seconds_max)?;
            sink.insert(Sink { rate, channels, resampler, interleaved: Vec::new() })
        }
    };
    sink.interleaved.clear();
    sink.interleaved.resize(buffer.samples_interleaved(), 0.0);
    buffer.copy_to_slice_interleaved(&mut sink.interleaved);
    let mixed = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    let tamed = |sample: f32| if sample.is_finite() { sample.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
    let mono: Vec<f32> = sink.interleaved.chunks(channels).map(|frame| tamed(mixed(frame))).collect();
    sink.resampler.push(&mono)
}

fn refused(error: Error) -> Refused {
    match error {
        Error::Unsupported(what) => Refused::Unsupported(what.into()),
        Error::DecodeError(what) | Error::LimitError(what) => Refused::Broken(what),
        Error::IoError(_) => Refused::Broken("it ends too early"),
        _ => Refused::Broken("it cannot be read"),
    }
}
