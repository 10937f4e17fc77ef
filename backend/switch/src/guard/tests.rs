use super::*;

const NOW: Moment = Moment::from_seconds(1_000);

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn guard(change: impl FnOnce(&mut Settings)) -> (Guard, IdSource) {
    let mut settings = Settings::default();
    change(&mut settings);
    (Guard::new([IpAddr::from([127, 0, 0, 1])].into(), &settings), IdSource::new(1))
}

fn sighting(last: u8) -> Sighting<'static> {
    Sighting { address: address(last), method: "REGISTER", user: "101", user_agent: "friendly" }
}

const PACKET: &[u8] = b"OPTIONS sip:x SIP/2.0\r\nUser-Agent: flooder\r\n\r\n";

/// Sends so many packets at once; the blocks that they caused, and how many got in.
fn send(guard: &mut Guard, ids: &mut IdSource, now: Moment, last: u8, packets: u32) -> (Vec<IpEntry>, u32) {
    let (mut blocks, mut admitted) = (Vec::new(), 0);
    for _ in 0..packets {
        let (open, blocked) = guard.admit(now, address(last), PACKET, ids);
        admitted += u32::from(open);
        blocks.extend(blocked);
    }
    (blocks, admitted)
}

fn rules(entries: &[IpEntry]) -> Arc<Rules> {
    Arc::new(Rules::new(entries, &Rules::default()))
}

// covers: SEC-04
#[test]
fn sec_04_two_thousand_packets_a_second_are_let_pass_and_one_more_blocks_for_half_a_minute() {
    let (mut guard, mut ids) = guard(|_| {});
    for second in 0..5 {
        let now = NOW + Duration::from_secs(second);
        assert_eq!(send(&mut guard, &mut ids, now, 1, 2_000), (vec![], 2_000));
    }
    let now = NOW + Duration::from_secs(5);
    let (blocks, admitted) = send(&mut guard, &mut ids, now, 1, 2_001);
    assert_eq!(admitted, 2_000);
    let [block] = blocks.as_slice() else { panic!("{blocks:?}") };
    assert_eq!(block.expires_at, Some(now + Duration::from_secs(30)));
    let evidence = block.evidence.clone().unwrap();
    assert_eq!((evidence.cause, evidence.count, evidence.seconds), (BlockCause::Level2, 2_001, 1));
    assert_eq!((evidence.methods, evidence.user_agents), (vec!["OPTIONS".into()], vec!["flooder".into()]));
    assert_eq!(send(&mut guard, &mut ids, now, 2, 100).1, 100, "a neighbour");
    assert_eq!(send(&mut guard, &mut ids, now + Duration::from_secs(29), 1, 1), (vec![], 0));
    assert_eq!(send(&mut guard, &mut ids, now + Duration::from_secs(30), 1, 1), (vec![], 1));
}

// covers: SEC-05
#[test]
fn sec_05_five_thousand_packets_a_second_block_for_an_hour_at_once() {
    let (mut guard, mut ids) = guard(|_| {});
    let (blocks, admitted) = send(&mut guard, &mut ids, NOW, 1, 6_000);
    let causes: Vec<_> = blocks.iter().map(|block| block.evidence.as_ref().unwrap().cause).collect();
    assert_eq!((causes, admitted), (vec![BlockCause::Level2, BlockCause::Level1], 2_000));
    assert_eq!(blocks[1].expires_at, Some(NOW + Duration::from_secs(3_600)));
    // Whether the first of the two has come back as an entry makes no difference.
    let (mut guard, mut ids) = self::guard(|_| {});
    let (first, _) = send(&mut guard, &mut ids, NOW, 1, 2_001);
    guard.set_rules(rules(&first));
    let (second, _) = send(&mut guard, &mut ids, NOW, 1, 3_000);
    assert_eq!(second[0].evidence.as_ref().unwrap().cause, BlockCause::Level1);
}

/// Fails so often within a second; the suspects.
fn fail(guard: &mut Guard, now: Moment, last: u8, times: u32) -> Vec<Suspect> {
    (0..times).filter_map(|_| guard.failed(now, &sighting(last))).collect()
}

// covers: SEC-01, SEC-02
#[test]
fn sec_02_ten_failures_within_the_period_are_one_too_many_and_a_new_period_counts_anew() {
    let (mut guard, mut ids) = guard(|_| {});
    assert_eq!(fail(&mut guard, NOW, 1, 9), []);
    assert_eq!(fail(&mut guard, NOW + Duration::from_secs(10), 1, 9), [], "ten seconds later it is another period");
    let suspects = fail(&mut guard, NOW + Duration::from_secs(19), 1, 1);
    let [suspect] = suspects.as_slice() else { panic!("{suspects:?}") };
    let now = NOW + Duration::from_secs(19);
    let entry = guard.convict(now, suspect, &mut ids).unwrap();
    assert_eq!(entry.expires_at, Some(now + Duration::from_secs(3_600)));
    let evidence = entry.evidence.unwrap();
    assert_eq!((evidence.count, evidence.seconds), (10, 10));
    assert_eq!((evidence.users, evidence.user_agents), (vec!["101".into()], vec!["friendly".into()]));
    assert_eq!(send(&mut guard, &mut ids, now, 1, 1).1, 0);
    assert_eq!(send(&mut guard, &mut ids, now, 2, 1).1, 1);
}

#[test]
fn an_address_that_is_acquitted_is_counted_anew() {
    let (mut guard, mut ids) = guard(|_| {});
    let suspects = fail(&mut guard, NOW, 1, 10);
    guard.acquit(&suspects[0]);
    assert_eq!(fail(&mut guard, NOW, 1, 9), []);
    assert_eq!(send(&mut guard, &mut ids, NOW, 1, 1).1, 1);
}

// covers: SEC-03
#[test]
fn sec_03_more_than_a_thousand_challenges_that_nobody_answers_are_too_many() {
    let (mut guard, _) = guard(|_| {});
    for _ in 0..5_000 {
        assert_eq!(guard.challenged(NOW, &sighting(1)), None, "who answers is no suspect");
        guard.answered(address(1));
    }
    for _ in 0..1_000 {
        assert_eq!(guard.challenged(NOW, &sighting(1)), None);
    }
    assert!(guard.challenged(NOW, &sighting(1)).is_some());
}

// covers: IPB-01, SEC-06
#[test]
fn ipb_01_who_is_allowed_skips_every_check_and_so_does_the_server_itself() {
    let (mut guard, mut ids) = guard(|_| {});
    let entry = send(&mut guard, &mut ids, NOW, 1, 2_001).0.remove(0);
    guard.set_rules(rules(&[IpEntry { action: IpAction::Allow, expires_at: None, ..entry }]));
    assert_eq!(send(&mut guard, &mut ids, NOW, 1, 9_000), (vec![], 9_000));
    assert_eq!(fail(&mut guard, NOW, 1, 50), []);
    let own = IpAddr::from([127, 0, 0, 1]);
    for _ in 0..9_000 {
        assert_eq!(guard.admit(NOW, own, PACKET, &mut ids), (true, None));
        assert_eq!(guard.failed(NOW, &Sighting { address: own, ..sighting(1) }), None);
    }
    // An address that it has got meanwhile is one of its own as well.
    let (mut guard, _) = self::guard(|_| {});
    guard.set_own([sighting(1).address].into());
    assert_eq!(fail(&mut guard, NOW, 1, 50), []);
}

// covers: IPB-04, SEC-06
#[test]
fn a_block_holds_at_once_and_is_lifted_when_its_entry_goes() {
    let (mut guard, mut ids) = guard(|_| {});
    let entry = send(&mut guard, &mut ids, NOW, 1, 2_001).0.remove(0);
    // A list that was loaded before the block was stored does not lift it.
    guard.set_rules(rules(&[]));
    let next = NOW + Duration::from_secs(2);
    assert_eq!(send(&mut guard, &mut ids, next, 1, 1).1, 0);
    guard.set_rules(rules(std::slice::from_ref(&entry)));
    assert_eq!(send(&mut guard, &mut ids, next, 1, 1).1, 0);
    assert_eq!(guard.hits(), BTreeMap::from([(entry.id, 1)]));
    // Even within the second of the flood.
    send(&mut guard, &mut ids, next, 1, 2_500);
    guard.set_rules(rules(&[]));
    assert_eq!(send(&mut guard, &mut ids, next, 1, 1).1, 1);
}

#[test]
fn a_block_that_no_store_takes_ends_by_itself() {
    let (mut guard, mut ids) = guard(|settings| settings.level_2_block_seconds = 9_000);
    send(&mut guard, &mut ids, NOW, 1, 2_001);
    assert_eq!(send(&mut guard, &mut ids, NOW + CONFIRM_WITHIN - Duration::from_secs(1), 1, 1).1, 0);
    assert_eq!(send(&mut guard, &mut ids, NOW + CONFIRM_WITHIN, 1, 1).1, 1);
}

// covers: S10
#[test]
fn s10_a_flood_from_everywhere_leaves_the_memory_bounded() {
    let (mut guard, mut ids) = guard(|settings| settings.failed_authentications_max = 1);
    for number in 0..30_000_u32 {
        let address = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
        guard.admit(NOW, address, PACKET, &mut ids);
        let suspect = guard.failed(NOW, &Sighting { address, ..sighting(1) }).unwrap();
        guard.convict(NOW, &suspect, &mut ids);
    }
    assert!(guard.sources.len() <= SOURCES_MAX && guard.order.len() <= SOURCES_MAX);
    assert_eq!(guard.closed.len(), CLOSED_MAX);
    assert_eq!(guard.sources.len(), guard.order.len());
}

#[test]
fn a_host_of_ipv6_is_its_whole_network() {
    let (mut guard, mut ids) = guard(|_| {});
    let mut blocked = None;
    for number in 0..=2_000_u128 {
        let address = IpAddr::V6(std::net::Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) + number));
        blocked = guard.admit(NOW, address, PACKET, &mut ids).1;
    }
    assert_eq!(blocked.unwrap().network.to_string(), "2001:db8::/64");
}
