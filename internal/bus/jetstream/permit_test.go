package jetstream

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"github.com/seawall-project/seawall/internal/bus"
)

// watchAll hears everything on the bus but what JetStream says to itself, as the lookout may.
func watchAll(t *testing.T, r *rig) (*Conn, *nats.Subscription) {
	t.Helper()
	c, err := r.Connect()
	check(t, err)
	t.Cleanup(func() { check(t, c.Close()) })
	sub, err := c.nc.SubscribeSync("watch.>")
	check(t, err)
	check(t, c.nc.Flush())
	return c, sub
}

// TestPublishesAsItselfAlone: every subject but its own two is refused to a vantage, and nothing of it reaches anybody.
func TestPublishesAsItselfAlone(t *testing.T) {
	r := newRig(t, bus.Limits{})
	c, heard := watchAll(t, r)
	refused := make(chan string, 64)
	nc, err := r.raw(t, r.seeds["cph-1"], nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err.Error() }))
	check(t, err)
	for _, subject := range []string{
		"watch.result.arh-1", "watch.health.arh-1", "watch.assign.arh-1", "watch.assign.cph-1", "watch.result.cph-1.more", "watch.result", "watch.result.cph-10",
		"watch", "other", "_INBOX.arh-1.x", "_INBOX._lookout.x", "_INBOX.cph-1.x",
		"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.PURGE." + streamName, "$JS.API.STREAM.DELETE." + streamName,
		"$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.MSG.GET." + streamName, "$JS.API.CONSUMER.CREATE." + streamName,
		"$JS.API.CONSUMER.MSG.NEXT." + streamName + "." + consumerName, "$JS.ACK." + streamName + "." + consumerName + ".1.1.1.1.0",
		"$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO", "$SYS.REQ.ACCOUNT.PING.CONNZ",
	} {
		check(t, nc.Publish(subject, []byte(`{}`)))
		select {
		case said := <-refused:
			if !strings.Contains(said, "Permissions Violation for Publish to \""+subject+"\"") {
				t.Errorf("%s: the server said %s", subject, said)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: not refused", subject)
		}
	}
	// Its own two are let through, so the bus has said all that it had to say.
	for _, subject := range []string{"watch.result.cph-1", "watch.health.cph-1"} {
		check(t, nc.Publish(subject, []byte(`{}`)))
		m, err := heard.NextMsg(5 * time.Second)
		check(t, err)
		if m.Subject != subject {
			t.Errorf("heard %s, want %s", m.Subject, subject)
		}
	}
	wantStream(t, c, 2)
}

// TestHearsItselfAlone: every subscription but its own two is refused to a vantage.
func TestHearsItselfAlone(t *testing.T) {
	r := newRig(t, bus.Limits{})
	nc, err := r.raw(t, r.seeds["cph-1"], nats.PermissionErrOnSubscribe(true))
	check(t, err)
	for _, subject := range []string{
		"watch.assign.arh-1", "watch.assign.*", "watch.*.cph-1", "watch.>", ">", "*", "*.assign.cph-1", "watch.result.cph-1", "watch.health.cph-1", "watch.result.*",
		"_INBOX.>", "_INBOX.arh-1.>", "_INBOX._lookout.>", "_INBOX.*.x", "$JS.>", "$JS.EVENT.ADVISORY.>", "$SYS.>", "$SYS.ACCOUNT.*.CONNECT",
	} {
		sub, err := nc.SubscribeSync(subject)
		check(t, err)
		if m, err := sub.NextMsg(5 * time.Second); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: not refused: %v, %v", subject, m, err)
		}
	}
}

// TestAnswersDoNotAct: the server answers what is kept on a subject that the sender names. Whatever that is, nobody is misled by it.
func TestAnswersDoNotAct(t *testing.T) {
	r := newRig(t, bus.Limits{})
	c, _ := watchAll(t, r)
	nc, err := r.raw(t, r.seeds["cph-1"])
	check(t, err)
	other := r.Agent(t, "arh-1")
	defer other.Close()
	ear, err := other.Listen(t.Context(), "arh-1")
	check(t, err)
	sent := 0
	for _, reply := range []string{
		"$JS.API.STREAM.PURGE." + streamName, "$JS.API.STREAM.DELETE." + streamName, "$JS.API.CONSUMER.DELETE." + streamName + "." + consumerName,
		"$JS.ACK." + streamName + "." + consumerName + ".1.1.1.1.0", "watch.assign.arh-1",
	} {
		check(t, nc.PublishRequest("watch.result.cph-1", reply, []byte(`{}`)))
		if !strings.HasPrefix(reply, "$JS.ACK") { // such a message is dropped
			sent++
		}
	}
	check(t, nc.Flush())
	// The answer reaches the other vantage, which finds no envelope in it.
	d, err := ear.Next(t.Context(), 1)
	check(t, err)
	if e, err := bus.Open(d[0].Message); err == nil {
		t.Errorf("an answer was taken for an assignment: %+v", e)
	}
	wantStream(t, c, uint64(sent))
}

// wantStream holds that the stream is there and keeps so many messages.
func wantStream(t *testing.T, c *Conn, messages uint64) {
	t.Helper()
	s, err := c.js.Stream(t.Context(), streamName)
	check(t, err)
	info, err := s.Info(t.Context())
	check(t, err)
	if info.State.Msgs != messages {
		t.Errorf("the stream keeps %d messages, want %d", info.State.Msgs, messages)
	}
}

// TestHeadersDoNothing: headers by which JetStream would drop or replace others' messages are of no use to a vantage.
func TestHeadersDoNothing(t *testing.T) {
	r := newRig(t, bus.Limits{})
	c, _ := watchAll(t, r)
	other, err := r.raw(t, r.seeds["arh-1"], nats.CustomInboxPrefix(inbox("arh-1")))
	check(t, err)
	nc, err := r.raw(t, r.seeds["cph-1"], nats.CustomInboxPrefix(inbox("cph-1")))
	check(t, err)
	kept := func(nc *nats.Conn, vantage string, h nats.Header) error {
		j, err := js.New(nc)
		check(t, err)
		_, err = j.PublishMsg(t.Context(), &nats.Msg{Subject: "watch.result." + vantage, Header: h, Data: []byte(`{}`)})
		return err
	}
	check(t, kept(other, "arh-1", nil))
	for name, value := range map[string]string{"Nats-Rollup": "all", "Nats-TTL": "1s", "Nats-Schedule": "@every 1s", "Nats-Incr": "+1"} {
		if err := kept(nc, "cph-1", nats.Header{name: {value}}); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	wantStream(t, c, 1)
}
