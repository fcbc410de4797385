package cert

import (
	"math"
	"time"
)

// Status is how one host name stands.
type Status struct {
	Site     string    `json:"site"`
	Name     string    `json:"name"`
	Way      string    `json:"way"`
	NotAfter time.Time `json:"not_after,omitzero"` // zero while there is no certificate
	Days     float64   `json:"days"`               // left until then, rounded down to a tenth; 0 while there is no certificate
	Failures int       `json:"failures,omitempty"` // since it last went well
	Error    string    `json:"error,omitempty"`    // of the last failure
	FailedAt time.Time `json:"failed_at,omitzero"`
}

// Status returns how every name of the set in use stands, in the order of the configuration; trouble with the folder of certificates
// comes last, under the name "storage".
func (k *Keeper) Status() []Status {
	set := k.inUse()
	if set == nil {
		return nil
	}
	now := k.Now()
	var all []Status
	for _, e := range set.order {
		s := Status{Site: e.site, Name: e.name, Way: e.way.String()}
		if c := set.certificate(e); c != nil {
			s.NotAfter, s.Days = c.Leaf.NotAfter, days(c.Leaf.NotAfter.Sub(now))
		}
		all = append(all, s)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range all {
		all[i].blame(k.troubles[all[i].Name])
	}
	if t, ok := k.troubles[storageName]; ok {
		s := Status{Name: storageName, Way: ACME.String()}
		s.blame(t)
		all = append(all, s)
	}
	return all
}

func (s *Status) blame(t trouble) { s.Failures, s.Error, s.FailedAt = t.times, t.reason, t.at }

func days(d time.Duration) float64 { return math.Floor(d.Hours()/24*10) / 10 }

// SiteDays returns for each site of the set in use the days left of the certificate that ends first, by name; a site without one, or without one yet, has 0.
func (k *Keeper) SiteDays() map[string]float64 {
	least := make(map[string]float64)
	for _, s := range k.Status() {
		if s.Site == "" {
			continue
		}
		if d, seen := least[s.Site]; !seen || s.Days < d {
			least[s.Site] = s.Days
		}
	}
	return least
}
