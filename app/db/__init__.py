"""What is kept of people, recordings and publications: ids, numbers, enumerations and what staff wrote themselves."""
