package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// convert turns YAML into nodes, notes the place of every path and refuses what a configuration does not need.
func convert(r *report, n ast.Node, path string) *node {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return &node{kind: null}
	case *ast.StringNode:
		return &node{kind: scalar, text: n.Value}
	case *ast.LiteralNode:
		return &node{kind: scalar, text: n.Value.Value}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return &node{kind: scalar, text: n.GetToken().Value}
	case *ast.SequenceNode:
		return convertList(r, n, path)
	case *ast.MappingNode:
		return convertObject(r, n, path)
	case *ast.AnchorNode:
		r.add(path, fault{"anchor &" + nameOf(n.Name) + " is not supported", "write the value out wherever it is needed"})
		return convert(r, n.Value, path)
	case *ast.AliasNode:
		r.add(path, fault{"alias *" + nameOf(n.Value) + " is not supported", `write the value out; put a text that begins with "*" in quotes`})
	case *ast.TagNode:
		r.add(path, fault{"tag " + n.GetToken().Value + " is not supported", `remove it; put a text that begins with "!" in quotes`})
		return convert(r, n.Value, path)
	default:
		r.add(path, fault{"this kind of YAML is not supported", "write plain keys and values"})
	}
	return &node{kind: broken}
}

func convertList(r *report, n *ast.SequenceNode, path string) *node {
	out := &node{kind: list}
	for i, v := range n.Values {
		p := item(path, i)
		r.source.at[p] = startOf(v)
		out.items = append(out.items, convert(r, v, p))
	}
	return out
}

func convertObject(r *report, n *ast.MappingNode, path string) *node {
	out := &node{kind: object}
	for _, v := range n.Values {
		name, ok := keyOf(r, v.Key, path)
		if !ok {
			out.partial = true
			continue
		}
		p, at := child(path, name), startOf(v.Key)
		if first, twice := r.source.at[p]; twice {
			r.addAt(at, p, fault{fmt.Sprintf("is given twice, first in line %d", first.line), "keep one of them"})
			continue
		}
		r.source.at[p] = at
		out.entries = append(out.entries, entry{name, convert(r, v.Value, p)})
	}
	return out
}

// keyOf returns the name that a mapping key spells, and false when it is not a plain one, which it has then reported.
func keyOf(r *report, key ast.MapKeyNode, path string) (string, bool) {
	refuse := func(message, remedy string) (string, bool) {
		r.addAt(startOf(key), path, fault{message, remedy})
		return "", false
	}
	switch k := key.(type) {
	case *ast.StringNode:
		return k.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return k.GetToken().Value, true
	case *ast.MergeKeyNode:
		return refuse("merge key << is not supported", "write the keys out")
	case *ast.MappingKeyNode:
		return refuse(`explicit key "?" is not supported`, `write "key: value"`)
	}
	return refuse("a key that is no plain word is not supported", `write "key: value"`)
}

// startOf returns where a node begins. A block mapping begins at its first key; the parser says it does at the first colon.
func startOf(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return startOf(m.Values[0].Key)
	}
	return placeOf(n.GetToken())
}

func nameOf(n ast.Node) string {
	if n == nil {
		return ""
	}
	return n.GetToken().Value
}
