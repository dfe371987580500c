// What the three images of the story hold.
package main

import "fmt"

func main() {
	fmt.Println("built from Git, pushed to a private registry")
}
