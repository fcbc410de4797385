package checkhost

import "encoding/json"

// JSON returns what was understood of a report, in the service's own form, and nothing else of what came in: [Parse] reads the same from it. Addresses
// and durations are left out.
func (r *Report) JSON() ([]byte, error) {
	w := struct {
		Link    string               `json:"permanent_link,omitempty"`
		Host    string               `json:"host,omitempty"`
		Created any                  `json:"created,omitempty"`
		Nodes   map[string][1]string `json:"nodes"`
		Results map[string][][]any   `json:"results"`
	}{r.Link, r.Host, nil, make(map[string][1]string, len(r.Nodes)), make(map[string][][]any, len(r.Nodes))}
	if !r.At.IsZero() {
		w.Created = r.At
	}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		w.Nodes[n.Name] = [1]string{n.Country}
		if n.Country == "" {
			w.Nodes[n.Name] = [1]string{"--"} // else the name would say one
		}
		w.Results[n.Name] = n.fields()
	}
	return json.Marshal(w)
}

// fields is an answer of HTTP that says how the node fared; nil while it is asked.
func (n *Node) fields() [][]any {
	if n.Fate == Pending {
		return nil
	}
	good, status := 0, any(nil)
	if n.Fate == Served {
		good = 1
	}
	if n.Status > 0 {
		status = n.Status
	}
	return [][]any{{good, nil, n.Message, status, nil}}
}
