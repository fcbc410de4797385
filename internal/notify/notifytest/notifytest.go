// Package notifytest is what every channel has to pass, and the other sides that it is tested against: an HTTP server and a mail server on
// loopback, which answer as they are told.
package notifytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/notify"
)

// Subject is a channel under test.
type Subject struct {
	// Notifier is the channel, connected to another side which answers every delivery as the last call of Answer said.
	Notifier notify.Notifier
	// Answer makes the other side answer so from now on.
	Answer func(Answer)
	// Got returns the texts of what the other side was sent, oldest first, as a person would see them.
	Got func() []string
	// Read returns how many bytes the channel has read since the last call of Answer.
	Read func() int64
	// Limit is the most that a text may hold on the way, in bytes.
	Limit int
	// MaxAnswer is the most that may be read from one connection, in bytes, its handshake and encryption included.
	MaxAnswer int64
	// Secrets are texts that must not be seen anywhere.
	Secrets []string
}

// Answer is what the other side does with a delivery.
type Answer struct {
	Status  int  // HTTP; a mail server takes 2xx for 250, 4xx but 408 and 429 for 550, and the rest for 451
	Hang    bool // answer nothing until the channel goes away
	Endless bool // answer without end
	Reset   bool // break the connection off

	RetryAfter string // HTTP: the header field of that name; "" for none
}

// Sample is a message with everything in it.
func Sample() notify.Notice {
	at := time.Date(2026, 11, 26, 7, 12, 30, 0, time.UTC)
	return notify.Notice{
		ID: "20261126T071230.000Z-0123456789ab", Receiver: "ops",
		Message: notify.Message{
			Kind: notify.Down, Key: "incident-7", At: at,
			Sites:    []notify.Site{{Name: "www.example.org", Groups: []string{"press"}}},
			Since:    notify.Interval{Earliest: at.Add(-6 * time.Minute), Latest: at.Add(-5 * time.Minute)},
			Words:    notify.Text{English: "down", Danish: "nede"},
			Answer:   notify.Text{English: "The site itself: others at the provider work.", Danish: "Webstedet selv: andre hos udbyderen virker."},
			Vantages: []notify.Vantage{{Name: "dk1", Sees: notify.Text{English: "no answer in time", Danish: "intet svar i tide"}}},
			Links:    []string{"https://lookout.example.org/incidents/7"},
		},
	}
}

// Run tests a channel.
func Run(t *testing.T, s Subject) {
	t.Helper()
	t.Run("status", func(t *testing.T) { status(t, s) })
	t.Run("text", func(t *testing.T) { text(t, s) })
	t.Run("long text", func(t *testing.T) { longText(t, s) })
	t.Run("context", func(t *testing.T) { obeys(t, s) })
	t.Run("endless answer", func(t *testing.T) { endless(t, s) })
	t.Run("together", func(t *testing.T) { together(t, s) })
}

// send delivers a notice and holds that no secret shows.
func send(t *testing.T, ctx context.Context, s Subject, n notify.Notice) (retry bool, err error) { //nolint:revive // t comes first in helpers
	t.Helper()
	retry, err = s.Notifier.Notify(ctx, n)
	if err == nil {
		return retry, nil
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Error("it failed", slog.Any("error", err), slog.Any("notifier", s.Notifier))
	all := []string{fmt.Sprintf("%+v %#v %v", err, err, s.Notifier), log.String()}
	for e := err; e != nil; e = errors.Unwrap(e) {
		all = append(all, e.Error())
	}
	shown := strings.Join(all, "\n")
	for _, secret := range append(s.Secrets, answerText) {
		if strings.Contains(shown, secret) {
			t.Errorf("an error shows %q: %s", secret, shown)
		}
	}
	return retry, err
}

func status(t *testing.T, s Subject) {
	for _, tt := range []struct {
		answer Answer
		retry  bool
		fails  bool
	}{
		{Answer{Status: 200}, false, false},
		{Answer{Status: 429}, true, true},
		{Answer{Status: 500}, true, true},
		{Answer{Status: 502}, true, true},
		{Answer{Status: 503}, true, true},
		{Answer{Status: 504}, true, true},
		{Answer{Reset: true}, true, true},
		{Answer{Status: 400}, false, true},
		{Answer{Status: 401}, false, true},
		{Answer{Status: 403}, false, true},
		{Answer{Status: 404}, false, true},
		{Answer{Status: 413}, false, true},
		{Answer{Status: 200}, false, false},
	} {
		s.Answer(tt.answer)
		before := len(s.Got())
		retry, err := send(t, t.Context(), s, Sample())
		if retry != tt.retry || (err != nil) != tt.fails {
			t.Errorf("%+v: got retry %t, error %v; want retry %t, error %t", tt.answer, retry, err, tt.retry, tt.fails)
		}
		if n := len(s.Got()) - before; !tt.fails && n != 1 {
			t.Errorf("%+v: %d deliveries, want 1", tt.answer, n)
		}
	}
}

func text(t *testing.T, s Subject) {
	s.Answer(Answer{Status: 200})
	for _, tt := range []struct {
		language seawall.Language
		want     []string
	}{
		{seawall.English, []string{"www.example.org", "down", "The site itself", "07:06:30", "https://lookout.example.org/incidents/7", Sample().ID}},
		{seawall.Danish, []string{"www.example.org", "nede", "Webstedet selv", "07:06:30", "https://lookout.example.org/incidents/7", Sample().ID}},
	} {
		n := Sample()
		n.Language = tt.language
		if _, err := send(t, t.Context(), s, n); err != nil {
			t.Fatal(err)
		}
		got := s.Got()
		for _, want := range tt.want {
			if last := got[len(got)-1]; !strings.Contains(last, want) {
				t.Errorf("%v: %q is not in %s", tt.language, want, last)
			}
		}
	}
}

func longText(t *testing.T, s Subject) {
	s.Answer(Answer{Status: 200})
	n := Sample()
	n.Answer.English = strings.Repeat("æ", notify.MaxText/2)
	for range notify.MaxVantages {
		n.Vantages = append(n.Vantages, notify.Vantage{Name: "dk1", Sees: notify.Text{English: strings.Repeat("ø", notify.MaxText/2)}})
	}
	if _, err := send(t, t.Context(), s, n); err != nil {
		t.Fatal(err)
	}
	got := s.Got()
	last := got[len(got)-1]
	if len(last) > s.Limit {
		t.Errorf("got %d bytes, want %d at most", len(last), s.Limit)
	}
	for _, want := range []string{"cut short", n.Links[0], n.ID} {
		if !strings.Contains(last, want) {
			t.Errorf("%q is not in %s", want, last)
		}
	}
}

func obeys(t *testing.T, s Subject) {
	s.Answer(Answer{Hang: true})
	errEnough := errors.New("enough of it")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errEnough)
	defer cancel()
	begin := time.Now()
	retry, err := send(t, ctx, s, Sample())
	if err == nil || !retry || !errors.Is(err, errEnough) {
		t.Errorf("got retry %t, error %v; want to be told to retry, and why it ended", retry, err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v to obey", took)
	}
}

func endless(t *testing.T, s Subject) {
	s.Answer(Answer{Status: 200, Endless: true})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, _ = send(t, ctx, s, Sample()) // whether it counts as taken is the channel's to say
	if ctx.Err() != nil {
		t.Error("the channel read until its time was over")
	}
	if read := s.Read(); read > s.MaxAnswer || read == 0 {
		t.Errorf("%d bytes were read, want 1 to %d", read, s.MaxAnswer)
	}
}

// together sends from many goroutines, for the race detector.
func together(t *testing.T, s Subject) {
	s.Answer(Answer{Status: 200})
	done := make(chan error)
	before := len(s.Got())
	const senders = 8
	for range senders {
		go func() {
			_, err := s.Notifier.Notify(t.Context(), Sample())
			done <- err
		}()
	}
	for range senders {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := len(s.Got()) - before; got != senders {
		t.Errorf("got %d deliveries, want %d", got, senders)
	}
}
