package notify

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const headLine = "seawall-head-1 7 2026-11-26T12:00:00.000Z 0000000000000000000000000000000000000000000000000000000000000000 ed25519:00 AAAA"

// TestHeadGoesAlong holds that the ledger's head goes with every message, reminders and digests too, as it is when that is sent.
func TestHeadGoesAlong(t *testing.T) {
	heads := 0
	o := Options{Receivers: []Receiver{ops()}, Head: func(context.Context) (string, error) {
		heads++
		return strings.Replace(headLine, " 7 ", strings.Repeat("1", heads), 1), nil
	}}
	play(t, o, func(s *stage) {
		s.post("one", Down)
		s.sleep(DefaultWait)
		s.sleep(DefaultReminder + tickEvery)
		s.post("one", Recovering)
		s.sleep(DefaultWait)
		got := s.phones["ops"].notices()
		if len(got) != 3 {
			t.Fatalf("%d messages, want 3", len(got))
		}
		for i, n := range got {
			if want := strings.Replace(headLine, " 7 ", strings.Repeat("1", i+1), 1); n.Head != want || !strings.Contains(n.Text(4000), "to be kept: "+want+"\n") {
				t.Errorf("message %d: got %q in %q, want %q", i, n.Head, n.Text(4000), want)
			}
		}
		if short := got[0].Text(200); strings.Contains(short, "seawall-head") {
			t.Errorf("part of a head is of no use: %q", short)
		}
	})
}

// TestHeadless holds that no alarm waits for a head: one that cannot be read, or only slowly, is left out and counted.
func TestHeadless(t *testing.T) {
	slow := false
	o := Options{Receivers: []Receiver{ops()}, Head: func(ctx context.Context) (string, error) {
		if slow {
			<-ctx.Done()
		}
		return "", errors.New("the store is locked")
	}}
	play(t, o, func(s *stage) {
		s.post("one", Down)
		s.sleep(DefaultWait)
		s.phones["ops"].want(t, "30s one.example: down")
		slow = true
		s.post("two", Down)
		s.sleep(DefaultWait + headTimeout)
		s.phones["ops"].want(t, "30s one.example: down", "1m2s two.example: down")
		if n := s.Headless(); n != 2 {
			t.Errorf("%d went without a head, want 2", n)
		}
	})
}

// TestLedgerHead holds that the head by itself goes to staff only, waits for their hours, is tried again, and keeps its line.
func TestLedgerHead(t *testing.T) {
	staff := ops()
	var busy atomic.Bool
	busy.Store(true)
	staff.Hours = Hours{From: 8 * time.Hour, To: 16 * time.Hour}
	play(t, Options{Receivers: []Receiver{staff, board()}}, func(s *stage) {
		s.phones["ops"].set(func(Notice) (bool, error) {
			if busy.Load() {
				return true, errBusy
			}
			return false, nil
		})
		m := Message{Kind: LedgerHead, Key: "ledger-head-20000101", At: time.Now(), Staff: true, Wait: true, Head: headLine}
		s.repeat(m)
		s.repeat(m)
		s.sleep(8 * time.Hour)
		busy.Store(false)
		s.sleep(time.Hour)
		s.phones["board"].want(t)
		got := s.phones["ops"].notices()
		if len(got) != 1 || got[0].Head != headLine {
			t.Fatalf("got %+v, want the line once", got)
		}
		want := "where the ledger of evidence stands\n" + keepWord.English + "\nLedger of evidence, to be kept: " + headLine + "\nMessage " + got[0].ID
		if text := got[0].Text(4000); text != want {
			t.Errorf("got %q, want %q", text, want)
		}
		tries := map[string]int{}
		s.Tries(func(_, outcome string, n int) { tries[outcome] = n })
		if tries["retry"] == 0 || tries["delivered"] != 1 {
			t.Errorf("tries: %v", tries)
		}
	})
}

// TestFeedSilent: the staff hears of it in the words of the message, once, and nobody else does.
func TestFeedSilent(t *testing.T) {
	play(t, Options{Receivers: []Receiver{ops(), board()}}, func(s *stage) {
		m := Message{
			Kind: FeedSilent, Key: "feed-silent-tracker", At: time.Now(), Staff: true, Wait: true,
			Words: Text{English: "no attack list from tracker"},
		}
		s.repeat(m)
		s.repeat(m)
		s.sleep(24 * time.Hour)
		s.phones["board"].want(t)
		got := s.phones["ops"].notices()
		if len(got) != 1 || !strings.Contains(got[0].Subject(), "no attack list from tracker") {
			t.Fatalf("got %+v, want it once", got)
		}
	})
}
