package forecast

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Format is the first line of a forecast's bytes, sealFormat that of what a seal is made of.
const (
	Format     = "seawall-forecast-1"
	sealFormat = "seawall-forecast-seal-1"
)

// SaltSize is how many bytes of salt a seal has.
const SaltSize = 32

// Bounds of a forecast.
const (
	maxLine   = 1000 // bytes of a text in it
	oneDay    = 24 * time.Hour
	maxWindow = MaxHorizon*oneDay + time.Hour // the longest window, and an hour for clocks that change
)

// Forecast is a question about the time to come that can be settled by rule ([Forecast.Resolve]), who answered it, and how. It is plain data. Times
// are kept to the millisecond, probabilities to the millionth.
type Forecast struct {
	ID         string
	Event      Event
	Population Population

	// The window is [From, Until); the event has to begin in it.
	From, Until time.Time
	Source      string    // of truth, in words
	Deadline    time.Time // what cannot be resolved by then is unresolvable

	Probability float64
	Low, High   float64 // of an interval around it; equal to it where none was given
	Reference   float64 // the climatology that skill is measured against, as it was known when this was made

	By     By
	Of     string    // the forecast that an analyst's own stands beside; "" for none
	Reason string    // why an analyst thinks otherwise; "" for none
	Note   string    // what there is to know about how it was made; "" for nothing
	Made   time.Time // before From
	Known  time.Time // of the last list, or measurement, that was known then
}

// By is who answered.
type By struct {
	Kind    Author
	Name    string // of a model, or the role of an analyst; never a person's
	Version string // of a model; "" for an analyst
}

// Author is the kind of who answers.
type Author string

// The authors.
const (
	Model   Author = "model"
	Analyst Author = "analyst"
)

// String names the author as scores are kept for them.
func (b By) String() string {
	return strings.TrimSpace(string(b.Kind) + " " + b.Name + " " + b.Version)
}

// Seal is a salted hash of a forecast: it tells nothing of it, and nobody can find another forecast with the same.
type Seal [sha256.Size]byte

// String writes the seal as 64 hexadecimal digits.
func (s Seal) String() string { return hex.EncodeToString(s[:]) }

// MarshalText writes the seal as [Seal.String].
func (s Seal) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [Seal.MarshalText] writes.
func (s *Seal) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(s) || strings.ToLower(string(text)) != string(text) {
		return fmt.Errorf("seal %.80q is not 64 lower-case hexadecimal digits", text)
	}
	copy(s[:], b)
	return nil
}

// Check says what is wrong with a forecast that is to be sealed; nil when nothing is. One that was made after its window opened is.
func (f *Forecast) Check() error {
	if err := f.Event.check(); err != nil {
		return err
	}
	if err := f.Population.check(); err != nil {
		return err
	}
	if err := f.checkTimes(); err != nil {
		return err
	}
	for name, p := range map[string]float64{"probability": f.Probability, "low end": f.Low, "high end": f.High, "reference": f.Reference} {
		if !(p >= 0 && p <= 1) { // NaN is not, either
			return fmt.Errorf("a %s of %v is not within 0 and 1", name, p)
		}
	}
	if f.Low > f.Probability || f.High < f.Probability {
		return fmt.Errorf("%v is not within %v and %v", f.Probability, f.Low, f.High)
	}
	return f.checkWords()
}

func (f *Forecast) checkTimes() error {
	switch {
	case !f.Until.After(f.From) || f.Until.Sub(f.From) > maxWindow:
		return fmt.Errorf("a window from %s until %s is none of up to %d days", stamp(f.From), stamp(f.Until), MaxHorizon)
	case !f.Made.Before(f.From):
		return errors.New("the window is open already")
	case f.Known.After(f.Made):
		return errors.New("it knows what comes after it was made")
	case f.Deadline.Before(f.Until):
		return errors.New("its deadline is before the window ends")
	}
	return nil
}

func (f *Forecast) checkWords() error {
	for name, text := range map[string]string{
		"ID": f.ID, "source of truth": f.Source, "author": f.By.Name, "version": f.By.Version, "reason": f.Reason, "note": f.Note, "overridden forecast": f.Of,
	} {
		if !line(text) {
			return fmt.Errorf("the %s is not one line of up to %d bytes", name, maxLine)
		}
	}
	switch {
	case f.ID == "" || f.Source == "" || f.By.Name == "":
		return errors.New("it has no ID, no source of truth or no author")
	case f.By.Kind != Model && f.By.Kind != Analyst:
		return fmt.Errorf("%q is neither a model nor an analyst", string(f.By.Kind))
	case f.By.Kind == Model && (f.Of != "" || f.By.Version == "" || strings.Contains(f.By.Version, " ")):
		return errors.New("a model has a version, and stands beside no other forecast")
	case f.By.Kind == Analyst && f.By.Version != "":
		return errors.New("an analyst has no version")
	}
	return nil
}

// line reports whether a text is one line of printable characters, and short.
func line(text string) bool {
	return len(text) <= maxLine && utf8.ValidString(text) && text == strings.TrimSpace(text) &&
		!strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Bytes returns what is sealed: nineteen lines, each ended by a line feed, as docs/formats/forecast.md has them.
func (f *Forecast) Bytes() []byte {
	var b strings.Builder
	for _, text := range []string{
		Format, f.ID, string(f.Event), string(f.Population.Kind), f.Population.Name, stamp(f.From), stamp(f.Until), f.Source, stamp(f.Deadline),
		decimal(f.Probability), decimal(f.Low), decimal(f.High), decimal(f.Reference), f.By.String(), f.Of, f.Reason, f.Note, stamp(f.Made), stamp(f.Known),
	} {
		b.WriteString(text)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// SealOf returns the seal of a forecast's bytes: SHA-256 over the line "seawall-forecast-seal-1", the salt, and the bytes.
func SealOf(salt [SaltSize]byte, content []byte) Seal {
	h := sha256.New()
	h.Write([]byte(sealFormat + "\n"))
	h.Write(salt[:])
	h.Write(content)
	return Seal(h.Sum(nil))
}

// Parse reads what [Forecast.Bytes] wrote, and nothing else: writing it again gives the same bytes.
func Parse(content []byte) (f Forecast, err error) {
	const lines = 19
	all := strings.Split(string(content), "\n")
	if len(content) > 2*lines*maxLine || len(all) != lines+1 || all[0] != Format {
		return f, errors.New("it is no forecast of the format " + Format)
	}
	f.ID, f.Event, f.Population = all[1], Event(all[2]), Population{Kind(all[3]), all[4]}
	f.Source, f.Of, f.Reason, f.Note = all[7], all[14], all[15], all[16]
	for i, to := range map[int]*time.Time{5: &f.From, 6: &f.Until, 8: &f.Deadline, 17: &f.Made, 18: &f.Known} {
		if *to, err = time.Parse(stampFormat, all[i]); err != nil {
			return f, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	for i, to := range map[int]*float64{9: &f.Probability, 10: &f.Low, 11: &f.High, 12: &f.Reference} {
		if *to, err = strconv.ParseFloat(all[i], 64); err != nil {
			return f, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	f.By.Kind, f.By.Name, f.By.Version = by(all[13])
	if err := f.Check(); err != nil {
		return f, err
	}
	if !bytes.Equal(f.Bytes(), content) {
		return f, errors.New("it is not written as forecasts are")
	}
	return f, nil
}

// by takes the line of an author apart: the version of a model is its last word.
func by(text string) (kind Author, name, version string) {
	first, rest, _ := strings.Cut(text, " ")
	if kind = Author(first); kind == Model {
		if at := strings.LastIndexByte(rest, ' '); at >= 0 {
			return kind, rest[:at], rest[at+1:]
		}
	}
	return kind, rest, ""
}

const stampFormat = "2006-01-02T15:04:05.000Z"

func stamp(t time.Time) string { return t.UTC().Format(stampFormat) }

// decimal writes a probability with six digits after the point.
func decimal(p float64) string { return strconv.FormatFloat(p, 'f', 6, 64) }

// Rounded returns the forecast as it is sealed and comes back: times to the millisecond, probabilities to the millionth. No event is said to be
// certain or impossible: the log score would have no end.
func (f Forecast) Rounded() Forecast {
	for _, p := range []*float64{&f.Probability, &f.Low, &f.High, &f.Reference} {
		*p, _ = strconv.ParseFloat(decimal(min(max(*p, least), 1-least)), 64) // what was written can be read
	}
	for _, t := range []*time.Time{&f.From, &f.Until, &f.Deadline, &f.Made, &f.Known} {
		*t = t.UTC().Truncate(time.Millisecond)
	}
	return f
}

// least is the smallest probability that is said.
const least = 1e-6
