package bus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Version is the only version of the envelope so far. What grows it by keys leaves the number alone.
const Version = 1

// Envelope is what every message says of itself, around its payload.
type Envelope struct {
	Version  int             `json:"version"`
	Kind     Kind            `json:"kind"`
	Vantage  string          `json:"vantage"`  // from which it is, or to which
	Run      string          `json:"run"`      // of the sender's program: new at every start
	Sequence int64           `json:"sequence"` // from 1 on, in the run
	Sent     time.Time       `json:"sent"`     // by the sender's clock, of this attempt
	Payload  json.RawMessage `json:"payload"`
}

// Message returns the message that carries e, whose Version is set. Errors are those of [Message.Check], or say that e is none.
func (e Envelope) Message() (Message, error) {
	e.Version = Version
	e.Sent = e.Sent.UTC()
	m := Message{Subject: Subject{e.Kind, e.Vantage}}
	if err := e.check(); err != nil {
		return m, err
	}
	var err error
	if m.Data, err = json.Marshal(e); err != nil {
		return m, fmt.Errorf("envelope: %w", err)
	}
	return m, m.Check()
}

// Open reads the envelope of a message. It has to say of itself what its subject says: only there does the bus see to it that no vantage
// speaks for another. Keys that it does not know are left out.
func Open(m Message) (Envelope, error) {
	if err := m.Check(); err != nil {
		return Envelope{}, err
	}
	var e Envelope
	if err := json.Unmarshal(m.Data, &e); err != nil {
		return Envelope{}, fmt.Errorf("envelope on %s: %w", m.Subject, err)
	}
	if e.Version != Version {
		return Envelope{}, fmt.Errorf("envelope on %s: version %d, this program reads %d", m.Subject, e.Version, Version)
	}
	if said := (Subject{e.Kind, e.Vantage}); said != m.Subject {
		return Envelope{}, fmt.Errorf("envelope on %s says that it belongs on %.100q", m.Subject, said)
	}
	return e, e.check()
}

func (e *Envelope) check() error {
	switch {
	case e.Run == "" || len(e.Run) > MaxName || strings.ContainsFunc(e.Run, strange):
		return fmt.Errorf("envelope: run %.80q: 1 to %d letters from a to z, digits and hyphens", e.Run, MaxName)
	case e.Sequence < 1:
		return fmt.Errorf("envelope: sequence %d: they begin at 1", e.Sequence)
	case e.Sent.IsZero():
		return errors.New("envelope: no time of sending")
	case len(e.Payload) == 0:
		return errors.New("envelope: no payload")
	}
	return nil
}
