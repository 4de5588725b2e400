"""What the tests from outside stand on: FastCGI as bytes, a front, an application, the program itself."""
