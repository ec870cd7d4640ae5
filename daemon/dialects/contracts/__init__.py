"""What a value has to be, whatever the language: JSON Schemas, checked and explained."""
