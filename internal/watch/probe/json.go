package probe

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"time"
)

// wire is a result in JSON, see docs/formats/probe.md. What was not reached is null.
type wire struct {
	URL        string       `json:"url"`
	FinalURL   string       `json:"final_url"`
	Class      Class        `json:"class"`
	Assessment []Assessment `json:"assessment"`
	Phase      Phase        `json:"phase"`
	Status     *int         `json:"status"`
	Protocol   *string      `json:"protocol"`
	Family     *Family      `json:"family"`
	Address    *netip.Addr  `json:"address"`
	Timings    wireTimings  `json:"timings"`
	Evidence   wireEvidence `json:"evidence"`
	At         time.Time    `json:"at"`
	Vantage    string       `json:"vantage"`
}

// wireTimings are in milliseconds.
type wireTimings struct {
	DNS   *float64 `json:"dns"`
	TCP   *float64 `json:"tcp"`
	TLS   *float64 `json:"tls"`
	TTFB  *float64 `json:"ttfb"`
	Body  *float64 `json:"body"`
	Total *float64 `json:"total"`
}

type wireEvidence struct {
	Title       string            `json:"title"`
	BodySHA256  *string           `json:"body_sha256"`
	Bytes       int64             `json:"bytes"`
	Simhash     *string           `json:"simhash"` // 16 hexadecimal digits: more bits than a number in JavaScript keeps
	Headers     map[string]string `json:"headers"`
	Certificate *wireCertificate  `json:"certificate"`
	TLS         string            `json:"tls,omitempty"`
	CNAME       string            `json:"cname,omitempty"`
	Redirects   []string          `json:"redirects,omitempty"`
	Error       *string           `json:"error"`
}

type wireCertificate struct {
	SHA256    string    `json:"sha256"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Names     []string  `json:"names"`
}

// MarshalJSON returns the result in the form of docs/formats/probe.md, without the body.
func (r Result) MarshalJSON() ([]byte, error) {
	e := r.Evidence
	w := wire{
		URL: r.URL, FinalURL: r.FinalURL, Class: r.Class, Assessment: r.Assessment, Phase: r.Phase,
		Status: unlessZero(r.Status), Protocol: unlessZero(r.Protocol), Family: unlessZero(r.Family), Address: unlessZero(r.Address),
		Timings: wireTimings{ms(r.Timings.DNS), ms(r.Timings.TCP), ms(r.Timings.TLS), ms(r.Timings.TTFB), ms(r.Timings.Body), ms(r.Timings.Total)},
		Evidence: wireEvidence{
			Title: e.Title, BodySHA256: unlessZero(e.BodySHA256), Bytes: e.Bytes, Headers: e.Headers, TLS: e.TLS, CNAME: e.CNAME, Redirects: e.Redirects, Error: unlessZero(e.Error),
			Certificate: (*wireCertificate)(e.Certificate),
		},
		At: r.At.UTC(), Vantage: r.Vantage,
	}
	if w.Assessment == nil {
		w.Assessment = []Assessment{}
	}
	if w.Evidence.Headers == nil {
		w.Evidence.Headers = map[string]string{}
	}
	if e.BodySHA256 != "" {
		w.Evidence.Simhash = unlessZero(fmt.Sprintf("%016x", e.Simhash))
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes. Keys that it does not know are left out, as the format grows by keys.
func (r *Result) UnmarshalJSON(b []byte) error {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	e := w.Evidence
	*r = Result{
		URL: w.URL, FinalURL: w.FinalURL, Class: w.Class, Phase: w.Phase,
		Status: orZero(w.Status), Protocol: orZero(w.Protocol), Family: orZero(w.Family), Address: orZero(w.Address),
		Timings: Timings{
			duration(w.Timings.DNS), duration(w.Timings.TCP), duration(w.Timings.TLS), duration(w.Timings.TTFB), duration(w.Timings.Body), duration(w.Timings.Total),
		},
		Evidence: Evidence{
			Title: e.Title, BodySHA256: orZero(e.BodySHA256), Bytes: e.Bytes, Headers: e.Headers, TLS: e.TLS, CNAME: e.CNAME, Redirects: e.Redirects, Error: orZero(e.Error),
			Certificate: (*Certificate)(e.Certificate),
		},
		At: w.At.UTC(), Vantage: w.Vantage,
	}
	if len(w.Assessment) > 0 {
		r.Assessment = w.Assessment
	}
	if e.Simhash == nil {
		return nil
	}
	var err error
	r.Evidence.Simhash, err = strconv.ParseUint(*e.Simhash, 16, 64)
	return err
}

func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// ms returns a duration in milliseconds, to the microsecond; nil for [NotReached].
func ms(d time.Duration) *float64 {
	if d < 0 {
		return nil
	}
	f := float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
	return &f
}

// duration reads what ms returns. What no duration can hold becomes the longest.
func duration(f *float64) time.Duration {
	if f == nil || *f < 0 {
		return NotReached
	}
	if *f >= float64(math.MaxInt64/time.Millisecond) {
		return math.MaxInt64
	}
	return time.Duration(math.Round(*f*1000)) * time.Microsecond
}
